"""The medium of objects already there, as the journal knows it; `objects/` changes them."""
