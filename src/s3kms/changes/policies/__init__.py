"""Key policies as a medium: what a plan asks for first, written, read back, and restored."""
