"""Declarations of buckets that are not evaluated: recognized by their shape and named, so none is passed over."""
