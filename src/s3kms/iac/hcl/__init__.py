"""HCL as Terraform and OpenTofu write it: files as trees, and what their expressions come to."""
