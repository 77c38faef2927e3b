"""Kustomize files for the parts of a system that run on a Kubernetes cluster."""
