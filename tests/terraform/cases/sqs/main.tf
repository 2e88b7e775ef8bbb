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

resource "aws_sqs_queue" "dead" {
  name = "dead"
}

resource "aws_sqs_queue_redrive_policy" "orders" {
  queue_url = aws_sqs_queue.orders.url
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = var.stage == 1 ? 1 : 4
  })
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url = aws_sqs_queue.dead.url
  redrive_allow_policy = var.stage == 1 ? jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.orders.arn]
  }) : jsonencode({ redrivePermission = "allowAll" })
}

resource "aws_kms_key" "queues" {
  deletion_window_in_days = 7
}

resource "aws_sqs_queue" "dead_payments" {
  name                      = "dead-payments.fifo"
  fifo_queue                = true
  kms_master_key_id         = aws_kms_key.queues.arn
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue" "payments" {
  name                              = "payments.fifo"
  fifo_queue                        = true
  content_based_deduplication       = var.stage == 1
  deduplication_scope               = "messageGroup"
  fifo_throughput_limit             = var.stage == 1 ? "perMessageGroupId" : "perQueue"
  kms_master_key_id                 = var.stage == 1 ? aws_kms_key.queues.arn : "alias/aws/sqs"
  kms_data_key_reuse_period_seconds = var.stage == 1 ? 600 : 60
  delay_seconds                     = var.stage == 1 ? 0 : 5
  redrive_policy                    = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_payments.arn, maxReceiveCount = 3 })
}

output "url" {
  value = aws_sqs_queue.orders.url
}

output "payments" {
  value = aws_sqs_queue.payments.url
}
