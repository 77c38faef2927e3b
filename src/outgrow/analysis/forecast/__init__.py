"""When a metric reaches a value, and how sure that is."""
