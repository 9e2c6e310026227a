"""Packages with branches of their own."""
