"""Offerings, prices, limits and capabilities, each with its source, date and grade."""
