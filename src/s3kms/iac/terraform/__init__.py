"""Terraform and OpenTofu: folders of code, plans and states, and edits of the code."""
