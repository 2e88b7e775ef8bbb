data "aws_caller_identity" "me" {}
data "aws_region" "here" {}

resource "aws_kms_key" "logs" {
  deletion_window_in_days = 7
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }, Action = "kms:*", Resource = "*" },
      {
        Effect    = "Allow"
        Principal = { Service = "logs.${data.aws_region.here.name}.amazonaws.com" }
        Action    = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
        Resource  = "*"
        Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:${data.aws_region.here.name}:${data.aws_caller_identity.me.account_id}:log-group:/app/*" } }
      },
    ]
  })
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/app/orders"
  retention_in_days = var.stage == 1 ? 7 : 30
  kms_key_id        = var.stage == 1 ? null : aws_kms_key.logs.arn
  tags              = var.stage == 1 ? { team = "sales" } : { team = "sales", cost = "42" }
}

resource "aws_cloudwatch_log_group" "rare" {
  name            = "/app/rare"
  log_group_class = "INFREQUENT_ACCESS"
}

resource "aws_cloudwatch_log_stream" "first" {
  name           = var.stage == 1 ? "first" : "renamed"
  log_group_name = aws_cloudwatch_log_group.app.name
}

resource "aws_cloudwatch_log_resource_policy" "dns" {
  policy_name = "dns"
  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "route53.amazonaws.com" }
      Action    = concat(["logs:PutLogEvents"], var.stage == 1 ? [] : ["logs:CreateLogStream"])
      Resource  = "${aws_cloudwatch_log_group.app.arn}:*"
    }]
  })
}

data "aws_cloudwatch_log_groups" "all" {
  log_group_name_prefix = "/app/"
  depends_on            = [aws_cloudwatch_log_group.app, aws_cloudwatch_log_group.rare]
}

output "groups" {
  value = data.aws_cloudwatch_log_groups.all.log_group_names
}

output "key" {
  value = aws_kms_key.logs.arn
}
