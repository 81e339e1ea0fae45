"""The nouns: what a bucket, a key, a finding and a change are. Frozen, typed, no I/O.

Nothing here imports from another room; every other room speaks in these words.
"""
