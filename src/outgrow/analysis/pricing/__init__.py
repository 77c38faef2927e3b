"""One priced service, one module: an item with its usage in, cost lines out."""
