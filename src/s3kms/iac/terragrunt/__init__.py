"""Terragrunt: units give a module its inputs, and the module is evaluated with them, as Terraform does."""
