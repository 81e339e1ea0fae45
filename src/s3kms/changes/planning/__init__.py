"""What would break and what it costs, bucket by bucket, before anything changes."""
