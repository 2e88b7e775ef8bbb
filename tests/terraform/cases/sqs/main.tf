resource "aws_sqs_queue" "orders" {
  name                       = "orders"
  visibility_timeout_seconds = var.stage == 1 ? 30 : 45
  message_retention_seconds  = 86400
  receive_wait_time_seconds  = 10
  tags                       = var.stage == 1 ? { team = "sales" } : { team = "sales", cost = "42" }
}

resource "aws_sqs_queue_policy" "orders" {
  queue_url = aws_sqs_queue.orders.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Publish"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.orders.arn
    }]
  })
}

output "url" {
  value = aws_sqs_queue.orders.url
}
