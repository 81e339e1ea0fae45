"""What runs s3kms by itself, as text: templates of a scheduled function and of the role that reads an organization.

Pure: a template is made of a frozen value, and nothing here opens a file or calls AWS.
"""
