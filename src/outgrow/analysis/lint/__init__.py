"""Rules that a strategy can break, each with a code of its own (docs/check.md)."""
