data "aws_caller_identity" "me" {}

resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}

resource "aws_kms_key" "data" {
  description             = var.stage == 1 ? "data" : "data, changed"
  deletion_window_in_days = 7
  enable_key_rotation     = true
  rotation_period_in_days = var.stage == 1 ? 180 : 365
  tags                    = { stage = tostring(var.stage) }
}

resource "aws_kms_key_policy" "data" {
  key_id = aws_kms_key.data.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([{
      Sid       = "Root"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
      }], var.stage == 1 ? [] : [{
      Sid       = "App"
      Effect    = "Allow"
      Principal = { AWS = aws_iam_role.app.arn }
      Action    = "kms:Decrypt"
      Resource  = "*"
    }])
  })
}

resource "aws_kms_alias" "data" {
  name          = "alias/data"
  target_key_id = var.stage == 1 ? aws_kms_key.data.key_id : aws_kms_key.second.key_id
}

resource "aws_kms_key" "second" {
  description             = "second"
  deletion_window_in_days = 7
  is_enabled              = var.stage == 1
}

resource "aws_kms_key" "signing" {
  description              = "signs"
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
  deletion_window_in_days  = 7
}

resource "aws_kms_grant" "app" {
  name              = "app"
  key_id            = aws_kms_key.data.key_id
  grantee_principal = aws_iam_role.app.arn
  operations        = var.stage == 1 ? ["Encrypt", "Decrypt"] : ["Encrypt", "Decrypt", "GenerateDataKey"]
  constraints {
    encryption_context_equals = { app = "orders" }
  }
}

data "aws_kms_alias" "seen" {
  name       = "alias/data"
  depends_on = [aws_kms_alias.data]
}

output "key" {
  value = aws_kms_key.data.key_id
}
