resource "aws_iam_role" "function" {
  name = "tf-function"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  name = "work"
  role = aws_iam_role.function.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage"], Resource = "*" },
      { Effect = "Allow", Action = ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"], Resource = "*" },
      { Effect = "Allow", Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], Resource = "*" },
    ]
  })
}

resource "aws_sqs_queue" "in" {
  name                       = "tf-lambda-in"
  visibility_timeout_seconds = 60
}

resource "aws_sqs_queue" "failed" {
  name = "tf-lambda-failed"
}

resource "aws_lambda_layer_version" "words" {
  layer_name          = "tf-words"
  filename            = "${path.module}/layer.zip"
  source_code_hash    = filebase64sha256("${path.module}/layer.zip")
  compatible_runtimes = ["python3.12"]
}

resource "aws_lambda_function" "worker" {
  function_name    = "tf-worker"
  role             = aws_iam_role.function.arn
  runtime          = "python3.12"
  handler          = "worker.handler"
  filename         = "${path.module}/worker.zip"
  source_code_hash = filebase64sha256("${path.module}/worker.zip")
  layers           = [aws_lambda_layer_version.words.arn]
  timeout          = var.stage == 1 ? 10 : 20
  memory_size      = 256
  publish          = true
  environment {
    variables = { GREETING = var.stage == 1 ? "hello" : "goodbye" }
  }
  tags = var.stage == 1 ? { team = "fog" } : { team = "fog", cost = "7" }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.worker.function_name
  function_version = aws_lambda_function.worker.version
}

resource "aws_lambda_permission" "bucket" {
  statement_id   = "bucket"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.worker.function_name
  principal      = "s3.amazonaws.com"
  source_arn     = "arn:aws:s3:::some-bucket"
  source_account = "000000000000"
}

resource "aws_lambda_function_url" "live" {
  function_name      = aws_lambda_function.worker.function_name
  qualifier          = aws_lambda_alias.live.name
  authorization_type = "AWS_IAM"
  cors {
    allow_origins = ["https://page.example"]
    allow_methods = var.stage == 1 ? ["GET"] : ["GET", "POST"]
  }
}

resource "aws_lambda_event_source_mapping" "in" {
  event_source_arn        = aws_sqs_queue.in.arn
  function_name           = aws_lambda_function.worker.arn
  batch_size              = var.stage == 1 ? 5 : 10
  function_response_types = ["ReportBatchItemFailures"]
  depends_on              = [aws_iam_role_policy.function]
}

resource "aws_sns_topic" "news" {
  name = "tf-lambda-news"
}

resource "aws_lambda_permission" "news" {
  statement_id  = "news"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.worker.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "sns.amazonaws.com"
  source_arn    = aws_sns_topic.news.arn
}

resource "aws_sns_topic_subscription" "news" {
  topic_arn     = aws_sns_topic.news.arn
  protocol      = "lambda"
  endpoint      = aws_lambda_alias.live.arn
  filter_policy = jsonencode({ colour = var.stage == 1 ? ["red"] : ["red", "blue"] })
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.failed.arn })
}

resource "aws_dynamodb_table" "orders" {
  name             = "tf-lambda-orders"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"
  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn               = aws_dynamodb_table.orders.stream_arn
  function_name                  = aws_lambda_function.worker.arn
  starting_position              = "TRIM_HORIZON"
  batch_size                     = 50
  parallelization_factor         = var.stage == 1 ? 1 : 2
  bisect_batch_on_function_error = true
  maximum_retry_attempts         = 3
  maximum_record_age_in_seconds  = 3600
  filter_criteria {
    filter {
      pattern = jsonencode({ eventName = ["INSERT"] })
    }
  }
  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.failed.arn
    }
  }
  depends_on = [aws_iam_role_policy.function]
}

resource "aws_lambda_function_event_invoke_config" "worker" {
  function_name          = aws_lambda_function.worker.function_name
  maximum_retry_attempts = var.stage == 1 ? 0 : 1
  destination_config {
    on_failure {
      destination = aws_sqs_queue.failed.arn
    }
  }
  depends_on = [aws_iam_role_policy.function]
}

output "function" {
  value = aws_lambda_function.worker.function_name
}
output "queue" {
  value = aws_sqs_queue.in.url
}
output "topic" {
  value = aws_sns_topic.news.arn
}
