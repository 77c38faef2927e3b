"""Conditions on what was measured, judged in three-valued logic."""
