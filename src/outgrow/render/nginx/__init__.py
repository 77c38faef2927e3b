"""nginx as the proxy of a single machine: TLS, limits and paths in front of our services."""
