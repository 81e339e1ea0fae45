"""Re-encryption of the objects of a bucket: the request, the plan, the run with its log, and the verification."""
