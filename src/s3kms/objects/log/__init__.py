"""The compact log of a run over objects: what is about to be changed, and what became of it, in a few bytes each."""
