"""One module a verb of the command line: wires the pure parts to the clients."""
