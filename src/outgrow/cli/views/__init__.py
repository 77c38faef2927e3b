"""Tables for people, one module a command; a view computes nothing."""
