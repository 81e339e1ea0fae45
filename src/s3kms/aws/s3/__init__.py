"""The fast way to S3: what runs once per bucket, on asyncio, with kept connections.

botocore stays in charge of what it knows: where to ask, with whose credentials, how a request is signed and what
an error means. Ours is the number of calls under way, the retries, and the bytes in between.
"""
