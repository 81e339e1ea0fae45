"""Terraform Stacks: components are root modules, evaluated with what each deployment gives them."""
