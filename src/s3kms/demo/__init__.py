"""An embedded AWS to try everything on: moto behind real HTTP, corrected where s3kms depends on it."""
