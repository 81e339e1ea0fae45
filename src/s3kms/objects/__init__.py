"""The objects already there: what they are encrypted with, and the engines that bring them under a key."""
