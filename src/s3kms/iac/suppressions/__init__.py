"""Accepted risks that stand beside the code: comments and metadata, of this tool and of others."""
