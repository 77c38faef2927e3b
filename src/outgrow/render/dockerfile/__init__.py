"""Dockerfiles for everything of one's own that is built: Python, Node and static files."""
