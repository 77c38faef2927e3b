"""Tables that are split by date: planned here, carried out through the Protocols in `ports`."""
