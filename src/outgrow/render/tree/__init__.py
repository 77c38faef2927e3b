"""A tree of rendered files beside what people made of it: plans, merges, overlays, READMEs."""
