"""Moves the rows of one organisation, or of a logical shard, to another database while they live.

Pure: what it needs of databases, of time and of the journal comes in as values of `ports`.
"""
