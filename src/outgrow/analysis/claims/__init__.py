"""Each figure a document states, judged against the catalogue and against its own parts."""
