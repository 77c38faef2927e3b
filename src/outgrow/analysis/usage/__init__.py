"""What was measured: files of recorded values, and what can be read or derived from them."""
