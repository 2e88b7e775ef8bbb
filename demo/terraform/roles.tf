# What each function may do, and nothing else. Log groups are made here, so functions need not be able to make any.

resource "aws_iam_role" "function" {
  for_each             = toset(["import", "announce"])
  name                 = "orders-${each.key}"
  permissions_boundary = var.boundary
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "import" {
  name = "import"
  role = aws_iam_role.function["import"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.desk.arn}/incoming/*" },
      { Effect = "Allow", Action = "s3:PutObject", Resource = "${aws_s3_bucket.desk.arn}/rejected/*" },
      { Effect = "Allow", Action = "dynamodb:PutItem", Resource = aws_dynamodb_table.orders.arn },
      { Effect = "Allow", Action = "sqs:SendMessage", Resource = "${local.queue}-failed" },
      { Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "${aws_cloudwatch_log_group.function["import"].arn}:*" },
    ]
  })
}

resource "aws_iam_role_policy" "announce" {
  name = "announce"
  role = aws_iam_role.function["announce"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"], Resource = aws_dynamodb_table.orders.stream_arn },
      { Effect = "Allow", Action = "dynamodb:ListStreams", Resource = "*" },
      { Effect = "Allow", Action = ["sqs:GetQueueUrl", "sqs:SendMessage"], Resource = [for colour in local.colours : "${local.queue}-${colour}"] },
      { Effect = "Allow", Action = "sns:Publish", Resource = aws_sns_topic.office.arn },
      { Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "${aws_cloudwatch_log_group.function["announce"].arn}:*" },
    ]
  })
}
