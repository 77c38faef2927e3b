"""Workflows of GitHub Actions: test, build once, deploy by branch, preview, watch."""
