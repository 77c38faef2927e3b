"""Compose files: a system as containers on one machine, for a laptop or a single host."""
