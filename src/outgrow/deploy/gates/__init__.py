"""Whether a new version may have more traffic: judged beside the old one, honestly."""
