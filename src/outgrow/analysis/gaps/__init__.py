"""What a plan forgot and the bill will not: one rule for each thing, priced where it can be."""
