"""`html`: one file to look at. It loads nothing, and nothing of the estate runs in it."""
