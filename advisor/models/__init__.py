"""A provider and a name go in; a chat model that is safe to call comes out."""

import corpus  # noqa: F401 - first, as it turns the telemetry of the runtime off that the models here load
