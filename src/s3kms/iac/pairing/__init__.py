"""Pairs live buckets with their declarations in code, and compares the two.

`declarations` finds the declaration: by a Terraform state, by the bucket's name, or by the tags that CloudFormation
gives it. `drift` compares default encryptions, and `annotation` adds to each live bucket of a scan where it is
declared, what exempts it there, and what the next apply would change.
"""
