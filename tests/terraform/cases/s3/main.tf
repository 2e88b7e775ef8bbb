locals {
  changed = var.stage == 2
}

resource "aws_s3_bucket" "orders" {
  bucket        = "fogbank-orders"
  force_destroy = true
  tags          = { stage = tostring(var.stage) }
}

resource "aws_s3_bucket_versioning" "orders" {
  bucket = aws_s3_bucket.orders.id
  versioning_configuration {
    status = local.changed ? "Suspended" : "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "orders" {
  bucket                  = aws_s3_bucket.orders.id
  block_public_acls       = true
  block_public_policy     = !local.changed
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "orders" {
  bucket = aws_s3_bucket.orders.id
  rule {
    object_ownership = local.changed ? "BucketOwnerEnforced" : "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_policy" "orders" {
  bucket = aws_s3_bucket.orders.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = local.changed ? ["s3:PutObject", "s3:DeleteObject"] : ["s3:PutObject"]
      Resource  = "${aws_s3_bucket.orders.arn}/*"
    }]
  })
}

resource "aws_s3_bucket_lifecycle_configuration" "orders" {
  bucket = aws_s3_bucket.orders.id
  rule {
    id     = "old"
    status = "Enabled"
    filter {
      prefix = "logs/"
    }
    expiration {
      days = local.changed ? 60 : 30
    }
    noncurrent_version_expiration {
      noncurrent_days = 7
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 3
    }
  }
  depends_on = [aws_s3_bucket_versioning.orders]
}

resource "aws_s3_bucket_cors_configuration" "orders" {
  bucket = aws_s3_bucket.orders.id
  cors_rule {
    allowed_methods = local.changed ? ["GET", "PUT"] : ["GET"]
    allowed_origins = ["https://example.com"]
    allowed_headers = ["*"]
    expose_headers  = ["ETag"]
    max_age_seconds = 300
  }
}

resource "aws_s3_object" "hello" {
  bucket       = aws_s3_bucket.orders.id
  key          = "hello.txt"
  content      = "hello ${var.stage}"
  content_type = "text/plain"
  tags         = { kind = "greeting" }
  depends_on   = [aws_s3_bucket_versioning.orders]
}

resource "aws_s3_bucket" "site" {
  bucket        = "fogbank-site"
  force_destroy = true
}

resource "aws_s3_bucket_website_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  index_document {
    suffix = "index.html"
  }
  error_document {
    key = local.changed ? "404.html" : "error.html"
  }
}

resource "aws_s3_bucket" "archive" {
  bucket              = "fogbank-archive"
  object_lock_enabled = true
  force_destroy       = true
}

resource "aws_s3_bucket_object_lock_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = local.changed ? 2 : 1
    }
  }
}

resource "aws_s3_bucket_logging" "site" {
  bucket        = aws_s3_bucket.site.id
  target_bucket = aws_s3_bucket.archive.id
  target_prefix = local.changed ? "logs2/" : "logs/"
}

resource "aws_s3_bucket_request_payment_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  payer  = local.changed ? "BucketOwner" : "Requester"
}

resource "aws_s3_bucket" "grants" {
  bucket        = "fogbank-grants"
  force_destroy = true
}

resource "aws_s3_bucket_ownership_controls" "grants" {
  bucket = aws_s3_bucket.grants.id
  rule {
    object_ownership = "ObjectWriter"
  }
}

resource "aws_s3_bucket_acl" "grants" {
  bucket     = aws_s3_bucket.grants.id
  acl        = local.changed ? "private" : "log-delivery-write"
  depends_on = [aws_s3_bucket_ownership_controls.grants]
}

resource "aws_s3_bucket_accelerate_configuration" "grants" {
  bucket = aws_s3_bucket.grants.id
  status = local.changed ? "Suspended" : "Enabled"
}

resource "aws_s3_bucket_metric" "grants" {
  bucket = aws_s3_bucket.grants.id
  name   = "logs"
  filter {
    prefix = local.changed ? "logs2/" : "logs/"
  }
}

resource "aws_s3_bucket_analytics_configuration" "grants" {
  bucket = aws_s3_bucket.grants.id
  name   = "all"
  filter {
    prefix = local.changed ? "b/" : "a/"
  }
}

resource "aws_s3_bucket_intelligent_tiering_configuration" "grants" {
  bucket = aws_s3_bucket.grants.id
  name   = "cold"
  tiering {
    access_tier = "ARCHIVE_ACCESS"
    days        = local.changed ? 120 : 90
  }
}

data "aws_s3_object" "hello" {
  bucket = aws_s3_bucket.orders.id
  key    = aws_s3_object.hello.key
}

output "hello" {
  value = data.aws_s3_object.hello.body
}
