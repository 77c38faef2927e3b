"""Environments: their profiles, what is wrong with them, and the one that is active."""
