"""S3 Batch Operations, AWS's own distributed engine: jobs of UpdateObjectEncryption, followed and read back."""
