"""The sections of the strategy document, one module a subject; each returns plain blocks."""
