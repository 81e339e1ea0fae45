"""Where the rows about a bucket's objects come from: an inventory, a metadata table, a live listing."""
