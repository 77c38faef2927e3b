"""Deploys: wires the engine to machines, providers and the journal."""
