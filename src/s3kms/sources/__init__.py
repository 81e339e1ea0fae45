"""Where buckets come from. Each source yields buckets with just the facts that are needed."""
