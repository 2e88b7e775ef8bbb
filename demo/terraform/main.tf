# The order desk: a bucket that takes CSV files, a table of orders, a queue per colour and a topic for the office.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
}

provider "aws" {
  s3_use_path_style       = true
  skip_metadata_api_check = true
}

variable "packages" {
  description = "folder with the zip files of the functions and of their layer"
}
variable "clerk" {
  description = "ARN of the user who brings orders"
}
variable "boundary" {
  description = "ARN of the policy that bounds what roles made here may do"
}
variable "office" {
  description = "e-mail address that is told of orders"
}

data "aws_caller_identity" "me" {}
data "aws_region" "here" {}

# Queues are named, not referred to, by roles and functions: the provider watches a new queue for 25 seconds, and nothing else has to wait for that.
locals {
  colours = ["red", "green", "blue"]
  account = data.aws_caller_identity.me.account_id
  queue   = "arn:aws:sqs:${data.aws_region.here.name}:${local.account}:orders"
}

resource "aws_s3_bucket" "desk" {
  bucket        = "orders-desk-${local.account}"
  force_destroy = true
}

resource "aws_s3_bucket_policy" "desk" {
  bucket = aws_s3_bucket.desk.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TheClerkBringsOrders"
        Effect    = "Allow"
        Principal = { AWS = var.clerk }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.desk.arn}/incoming/*"
      },
      {
        Sid       = "OnlyTheImporterReads"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:GetObject"
        Resource  = "${aws_s3_bucket.desk.arn}/incoming/*"
        Condition = { ArnNotEquals = { "aws:PrincipalArn" = aws_iam_role.function["import"].arn } }
      },
    ]
  })
}

resource "aws_s3_bucket_notification" "desk" {
  bucket = aws_s3_bucket.desk.id
  lambda_function {
    lambda_function_arn = aws_lambda_function.import.arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "incoming/"
    filter_suffix       = ".csv"
  }
  depends_on = [aws_lambda_permission.bucket]
}

resource "aws_dynamodb_table" "orders" {
  name             = "orders"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "order"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  attribute {
    name = "order"
    type = "S"
  }
  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }
}

resource "aws_sqs_queue" "colour" {
  for_each                  = toset(local.colours)
  name                      = "orders-${each.key}"
  message_retention_seconds = 4 * 86400
}

resource "aws_sqs_queue" "failed" {
  name                      = "orders-failed"
  message_retention_seconds = 14 * 86400
}

resource "aws_sns_topic" "office" {
  name = "orders-office"
}

resource "aws_sns_topic_subscription" "office" {
  topic_arn = aws_sns_topic.office.arn
  protocol  = "email"
  endpoint  = var.office
}

output "bucket" {
  value = aws_s3_bucket.desk.id
}
output "table" {
  value = aws_dynamodb_table.orders.arn
}
output "stream" {
  value = aws_dynamodb_table.orders.stream_arn
}
output "queues" {
  value = { for colour, queue in aws_sqs_queue.colour : colour => queue.url }
}
output "failed" {
  value = aws_sqs_queue.failed.url
}
output "topic" {
  value = aws_sns_topic.office.arn
}
output "functions" {
  value = { import = aws_lambda_function.import.arn, announce = aws_lambda_function.announce.arn }
}
