"""The medium of files: edits of the code that declares buckets."""
