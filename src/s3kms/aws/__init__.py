"""AWS: the one room where a socket is opened, and where SDK errors become ours."""
