resource "aws_sns_topic" "orders" {
  name         = "orders"
  display_name = var.stage == 1 ? "Orders" : "All orders"
  tags         = var.stage == 1 ? { team = "sales" } : { team = "sales", cost = "42" }
  delivery_policy = jsonencode({
    http = {
      defaultHealthyRetryPolicy = {
        minDelayTarget     = 20
        maxDelayTarget     = 20
        numRetries         = var.stage == 1 ? 3 : 5
        numMaxDelayRetries = 0
        numNoDelayRetries  = 0
        numMinDelayRetries = 0
        backoffFunction    = "linear"
      }
      disableSubscriptionOverrides = false
    }
  })
}

resource "aws_sns_topic" "ledger" {
  name                        = "ledger.fifo"
  fifo_topic                  = true
  content_based_deduplication = var.stage == 2
}

data "aws_iam_policy_document" "orders" {
  statement {
    sid       = "Buckets"
    actions   = ["SNS:Publish"]
    resources = [aws_sns_topic.orders.arn]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic_policy" "orders" {
  arn    = aws_sns_topic.orders.arn
  policy = data.aws_iam_policy_document.orders.json
}

resource "aws_sqs_queue" "paid" {
  name = "paid"
}

resource "aws_sqs_queue" "lost" {
  name = "lost"
}

resource "aws_sqs_queue_policy" "of_topic" {
  for_each  = { paid = aws_sqs_queue.paid, lost = aws_sqs_queue.lost }
  queue_url = each.value.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = each.value.arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_sns_topic.orders.arn } }
    }]
  })
}

resource "aws_sns_topic_subscription" "paid" {
  topic_arn            = aws_sns_topic.orders.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.paid.arn
  raw_message_delivery = var.stage == 2
  filter_policy_scope  = "MessageBody"
  filter_policy        = var.stage == 1 ? jsonencode({ state = ["paid"] }) : jsonencode({ state = ["paid", { prefix = "re" }] })
  redrive_policy       = jsonencode({ deadLetterTargetArn = aws_sqs_queue.lost.arn })
}

output "topic" {
  value = aws_sns_topic.orders.arn
}

output "queue" {
  value = aws_sqs_queue.paid.url
}
