"""Existing objects: how they are encrypted, and the engines that re-encrypt them."""
