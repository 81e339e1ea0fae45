"""Fixing a bucket where it is defined: edits of the files that declare it."""
