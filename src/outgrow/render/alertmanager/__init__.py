"""Alertmanager: who is told of an alert, how often, and what keeps quiet meanwhile."""
