"""Profiles of variables, one an environment: what is wrong with one, and how it is switched."""
