"""Graded questions and labelled claims go in; what the product has learned comes out: models and weights."""
