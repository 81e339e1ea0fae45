"""Findings of other tools, read from their files: which buckets and which files of code they name."""
