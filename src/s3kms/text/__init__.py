"""Text: quoting for shells, HCL, YAML, Markdown and terminals; counting; the one writer of files."""
