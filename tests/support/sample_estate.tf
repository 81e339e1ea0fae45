# Buckets of the sample estate (src/s3kms/demo/sample_estate.py) as code: those that a careless fix would break, and others.

resource "aws_kms_key" "data" {}

resource "aws_s3_bucket" "acme-web-uploads" {
  bucket = "acme-web-uploads"
}

resource "aws_s3_bucket" "acme-app-config" {
  bucket = "acme-app-config"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "acme-app-config" {
  bucket = aws_s3_bucket.acme-app-config.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}

resource "aws_s3_bucket" "acme-orders" {
  bucket = "acme-orders"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "acme-orders" {
  bucket = aws_s3_bucket.acme-orders.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_s3_bucket" "acme-www" {
  bucket = "acme-www"
}

resource "aws_s3_bucket_website_configuration" "www" {
  bucket = aws_s3_bucket.acme-www.id
  index_document {
    suffix = "index.html"
  }
}

resource "aws_s3_bucket" "acme-access-logs" {
  bucket = "acme-access-logs"
}

resource "aws_s3_bucket" "acme-orders-source" {
  bucket = "acme-orders-source"
}

resource "aws_s3_bucket_logging" "orders" {
  bucket        = aws_s3_bucket.acme-orders-source.id
  target_bucket = aws_s3_bucket.acme-access-logs.id
  target_prefix = "orders/"
}

resource "aws_s3_bucket" "acme-alb-logs" {
  bucket = "acme-alb-logs"
}

resource "aws_s3_bucket" "acme-flow-logs" {
  bucket = "acme-flow-logs"
}

resource "aws_s3_bucket" "acme-partner-share" {
  bucket = "acme-partner-share"
}

locals {
  may_write = {
    acme-alb-logs  = "logdelivery.elasticloadbalancing.amazonaws.com"
    acme-flow-logs = "delivery.logs.amazonaws.com"
  }
}

resource "aws_s3_bucket_policy" "logs" {
  for_each = local.may_write
  bucket   = each.key
  policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = each.value }
      Action    = "s3:PutObject"
      Resource  = "arn:aws:s3:::${each.key}/*"
    }]
  })
}

data "aws_iam_policy_document" "public" {
  statement {
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.acme-www.arn}/*"]
  }
}

resource "aws_s3_bucket_policy" "www" {
  bucket = aws_s3_bucket.acme-www.id
  policy = data.aws_iam_policy_document.public.json
}

resource "aws_s3_bucket_policy" "share" {
  bucket = aws_s3_bucket.acme-partner-share.id
  policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::333333333333:root" }
      Action    = ["s3:GetObject", "s3:ListBucket"]
      Resource  = [aws_s3_bucket.acme-partner-share.arn, "${aws_s3_bucket.acme-partner-share.arn}/*"]
    }]
  })
}

resource "aws_s3_bucket" "acme-master-data" {
  bucket = "acme-master-data"
}

resource "aws_s3_bucket_replication_configuration" "master" {
  bucket = aws_s3_bucket.acme-master-data.id
  role   = "arn:aws:iam::222222222222:role/replication"
  rule {
    id     = "all"
    status = "Enabled"
    destination {
      bucket = "arn:aws:s3:::acme-replica"
    }
  }
}
