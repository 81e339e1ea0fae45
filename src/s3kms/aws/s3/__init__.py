"""The fast S3 client: what runs once per bucket, on asyncio, with kept connections.

botocore stays in charge of what it knows: endpoints, credentials, how a request is signed and what an error means.
Ours is the number of calls under way, the retries, and the bytes in between.
"""
