"""Previews: wires the engine to PostgreSQL, machines, the proxy and the journal."""
