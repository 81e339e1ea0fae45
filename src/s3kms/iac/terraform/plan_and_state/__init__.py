"""Terraform plans and states, as JSON."""
