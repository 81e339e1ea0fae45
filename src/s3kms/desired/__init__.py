"""The wanted state: `s3kms.toml`, its overrides by bucket or tag, its key map and its exemptions."""
