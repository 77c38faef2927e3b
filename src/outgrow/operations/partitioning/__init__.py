"""Partitions of a strategy's tables: wires the engine to PostgreSQL, archives and the journal."""
