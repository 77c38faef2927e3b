"""Which statements of a migration would lock a large table, and how to do the same safely."""
