"""The queries over objects: one SQL file each, in DuckDB's dialect, and the engines that run them."""
