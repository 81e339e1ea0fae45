"""Who may use a bucket and a key: policy documents, parsed into statements and evaluated. Pure.

A part that cannot be parsed, or that code leaves open, is an Unknown of its statement or document, never dropped.
"""
