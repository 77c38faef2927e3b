"""Previews: an environment for one branch or pull request, with its own name and database."""
