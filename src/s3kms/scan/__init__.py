"""The engine of check: what was asked, the stream of what was found, and the checkpoint."""
