"""Environments as profiles of variables: what each needs, what is wrong, and how one is switched."""
