"""Providers that replace versions by themselves, and Kubernetes."""
