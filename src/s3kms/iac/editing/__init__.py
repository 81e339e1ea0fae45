"""Edits of code, for every language alike: proposals are proven together, merged, and become patches of files.

`assessment` decides which bucket needs an edit, `edit_plan` puts proposals together, `proof` reads everything again
with the edits in it, `splices` and `patch` are the bytes, `writable_roots` says which files may be written.
"""
