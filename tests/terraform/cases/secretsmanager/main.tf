data "aws_caller_identity" "me" {}

resource "aws_kms_key" "secrets" {
  deletion_window_in_days = 7
}

resource "aws_secretsmanager_secret" "database" {
  name                    = "app/database"
  description             = var.stage == 1 ? "log-in" : "log-in, changed"
  kms_key_id              = aws_kms_key.secrets.arn
  recovery_window_in_days = 0
  tags                    = { stage = tostring(var.stage) }
}

resource "aws_secretsmanager_secret_version" "database" {
  secret_id     = aws_secretsmanager_secret.database.id
  secret_string = jsonencode({ username = "app", password = "p-${var.stage}" })
}

resource "aws_secretsmanager_secret_policy" "database" {
  secret_arn = aws_secretsmanager_secret.database.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = var.stage == 1 ? "Read" : "ReadAll"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
      Action    = "secretsmanager:GetSecretValue"
      Resource  = "*"
    }]
  })
}

resource "aws_secretsmanager_secret" "plain" {
  name                    = "app/plain"
  recovery_window_in_days = 0
}

data "aws_secretsmanager_random_password" "password" {
  password_length = 30
}

data "aws_secretsmanager_secret" "seen" {
  name       = "app/database"
  depends_on = [aws_secretsmanager_secret_version.database]
}
