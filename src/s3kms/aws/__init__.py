"""Talking to AWS. The one room where a socket is opened and where SDK errors become ours."""
