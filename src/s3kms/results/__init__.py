"""Saved results: JSON v1 written and read back, and the comparison of two of them."""
