"""New versions without a lost request: planned here, carried out through `ports`."""
