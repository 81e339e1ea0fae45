"""Suppressions in code: comments and metadata that exempt a bucket from a rule, and until when.

`comments` finds the comments of a file, `directives` parses them (`# s3kms: exempt RULE until DAY REASON`), and
`equivalent_rules` says which rules of checkov, Trivy, cfn_nag and KICS ask what ours ask. What a suppression is, and
what it covers, is `s3kms.model.suppressions`.
"""
