"""The questions that are asked of objects: one file of SQL each, in DuckDB's dialect, and who answers them."""
