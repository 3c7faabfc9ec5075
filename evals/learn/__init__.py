"""Graded questions and labelled claims go in; what the product has learned comes out: models and weights."""

import corpus  # noqa: F401 - first, as it turns the telemetry of the runtime off that exports and trials load
