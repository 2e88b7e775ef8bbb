# Two functions, their layer and what starts them.

resource "aws_lambda_layer_version" "order_lines" {
  layer_name          = "orders-lines"
  filename            = "${var.packages}/order_lines.zip"
  source_code_hash    = filebase64sha256("${var.packages}/order_lines.zip")
  compatible_runtimes = ["python3.12"]
}

resource "aws_cloudwatch_log_group" "function" {
  for_each          = toset(["import", "announce"])
  name              = "/aws/lambda/orders-${each.key}"
  retention_in_days = 90
}

# A file from the bucket to the table.
resource "aws_lambda_function" "import" {
  function_name    = "orders-import"
  role             = aws_iam_role.function["import"].arn
  runtime          = "python3.12"
  handler          = "import_orders.handler"
  filename         = "${var.packages}/import_orders.zip"
  source_code_hash = filebase64sha256("${var.packages}/import_orders.zip")
  layers           = [aws_lambda_layer_version.order_lines.arn]
  timeout          = 60
  memory_size      = 256
  environment {
    variables = { TABLE = aws_dynamodb_table.orders.name, KEEP_DAYS = "30" }
  }
  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.import]
}

resource "aws_lambda_permission" "bucket" {
  statement_id   = "bucket"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.import.function_name
  principal      = "s3.amazonaws.com"
  source_arn     = aws_s3_bucket.desk.arn
  source_account = local.account
}

resource "aws_lambda_function_event_invoke_config" "import" {
  function_name          = aws_lambda_function.import.function_name
  maximum_retry_attempts = 2
  destination_config {
    on_failure {
      destination = aws_sqs_queue.failed.arn
    }
  }
}

# What changes in the table to queues and the office.
resource "aws_lambda_function" "announce" {
  function_name    = "orders-announce"
  role             = aws_iam_role.function["announce"].arn
  runtime          = "python3.12"
  handler          = "announce_orders.handler"
  filename         = "${var.packages}/announce_orders.zip"
  source_code_hash = filebase64sha256("${var.packages}/announce_orders.zip")
  timeout          = 30
  memory_size      = 256
  environment {
    variables = { QUEUES = "orders-", TOPIC = aws_sns_topic.office.arn }
  }
  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.announce]
}

# New orders, and those that time to live removed; what people delete is nobody's news.
resource "aws_lambda_event_source_mapping" "stream" {
  event_source_arn                   = aws_dynamodb_table.orders.stream_arn
  function_name                      = aws_lambda_function.announce.arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = 100
  maximum_batching_window_in_seconds = 2
  filter_criteria {
    filter {
      pattern = jsonencode({ eventName = ["INSERT"] })
    }
    filter {
      pattern = jsonencode({ eventName = ["REMOVE"], userIdentity = { type = ["Service"], principalId = ["dynamodb.amazonaws.com"] } })
    }
  }
}
