"""One module a target: a topology in, documents out."""
