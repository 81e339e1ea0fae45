"""Live buckets and the code that declares them: which belongs to which, and where they differ."""
