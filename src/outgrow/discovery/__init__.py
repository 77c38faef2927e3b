"""What a repository says about the system in it: services, stores, commands, keys.

Nothing here opens a file: `Tree` is what a caller lends. Nothing of the repository is run.
"""
