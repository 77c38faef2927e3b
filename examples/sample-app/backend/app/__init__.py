"""Notes: a small application that keeps texts in PostgreSQL and counts their words later."""
