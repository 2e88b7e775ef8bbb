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

resource "aws_kms_key" "objects" {
  deletion_window_in_days = 7
}

resource "aws_kms_alias" "objects" {
  name          = "alias/fogbank-objects"
  target_key_id = aws_kms_key.objects.key_id
}

resource "aws_s3_bucket_server_side_encryption_configuration" "orders" {
  bucket = aws_s3_bucket.orders.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = local.changed ? aws_kms_alias.objects.arn : aws_kms_key.objects.arn
    }
    bucket_key_enabled = !local.changed
  }
}

resource "aws_s3_object" "sealed" {
  bucket     = aws_s3_bucket.orders.id
  key        = "sealed.txt"
  content    = "sealed ${var.stage}"
  depends_on = [aws_s3_bucket_server_side_encryption_configuration.orders, aws_s3_bucket_versioning.orders]
}

resource "aws_s3_account_public_access_block" "account" {
  block_public_acls       = true
  block_public_policy     = local.changed
  ignore_public_acls      = true
  restrict_public_buckets = local.changed
}

resource "aws_sqs_queue" "events" {
  name = "fogbank-s3-events"
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.events.arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_s3_bucket.site.arn } }
    }]
  })
}

resource "aws_s3_bucket_notification" "site" {
  bucket = aws_s3_bucket.site.id
  queue {
    id            = "pages"
    queue_arn     = aws_sqs_queue.events.arn
    events        = local.changed ? ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"] : ["s3:ObjectCreated:*"]
    filter_prefix = "pages/"
    filter_suffix = ".html"
  }
  depends_on = [aws_sqs_queue_policy.events]
}

resource "aws_s3_object" "page" {
  bucket     = aws_s3_bucket.site.id
  key        = "pages/index.html"
  content    = "<p>${var.stage}</p>"
  depends_on = [aws_s3_bucket_notification.site]
}

resource "aws_s3_object_copy" "page" {
  bucket = aws_s3_bucket.site.id
  key    = local.changed ? "copy2.html" : "copy.html"
  source = "${aws_s3_bucket.site.id}/${aws_s3_object.page.key}"
}

resource "aws_s3_bucket_versioning" "archive" {
  bucket = aws_s3_bucket.archive.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_object" "kept" {
  bucket                        = aws_s3_bucket.archive.id
  key                           = "kept.txt"
  content                       = "kept"
  object_lock_legal_hold_status = local.changed ? "OFF" : "ON"
  object_lock_mode              = "GOVERNANCE"
  object_lock_retain_until_date = "2099-01-01T00:00:00Z"
  force_destroy                 = true
  depends_on                    = [aws_s3_bucket_versioning.archive, aws_s3_bucket_object_lock_configuration.archive]
}

data "aws_s3_bucket" "site" {
  bucket     = aws_s3_bucket.site.id
  depends_on = [aws_s3_bucket_website_configuration.site]
}

data "aws_s3_objects" "site" {
  bucket     = aws_s3_bucket.site.id
  depends_on = [aws_s3_object.page, aws_s3_object_copy.page]
}

output "website" {
  value = data.aws_s3_bucket.site.website_endpoint
}

output "keys" {
  value = data.aws_s3_objects.site.keys
}
