variable "algorithm" {
  type    = string
  default = "AES256"
}

resource "aws_s3_bucket" "uploads" {
  for_each = toset(["web", "mobile"])
  bucket   = "acme-uploads-${each.key}"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "uploads" {
  for_each = aws_s3_bucket.uploads
  bucket   = each.value.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = var.algorithm # one place for both
    }
  }
}

resource "aws_s3_bucket" "reports" {
  bucket = "acme-reports"
}
