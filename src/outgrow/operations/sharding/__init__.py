"""`outgrow shards`: which rows lie where, and moving them while they are used."""
