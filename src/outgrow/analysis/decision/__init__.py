"""Which phase by which reasons: the path, the tree, the options side by side."""
