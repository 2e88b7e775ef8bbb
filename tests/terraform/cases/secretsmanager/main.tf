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

# With its policy inside, and a window in which it could be restored.
resource "aws_secretsmanager_secret" "guarded" {
  name_prefix             = "app/guarded-"
  kms_key_id              = var.stage == 1 ? null : aws_kms_key.secrets.key_id
  recovery_window_in_days = 7
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "secretsmanager:DeleteResourcePolicy"
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalAccount" = var.stage == 1 ? "111111111111" : "222222222222" } }
    }]
  })
}

resource "aws_secretsmanager_secret_version" "binary" {
  secret_id     = aws_secretsmanager_secret.plain.id
  secret_binary = base64encode("bytes ${var.stage}")
}

resource "aws_secretsmanager_secret" "staged" {
  name                    = "app/staged"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "first" {
  secret_id      = aws_secretsmanager_secret.staged.id
  secret_string  = "first"
  version_stages = var.stage == 1 ? ["blue"] : ["blue", "old"]   # with AWSCURRENT it would become AWSPREVIOUS by itself
}

resource "aws_secretsmanager_secret_version" "second" {
  count          = var.stage - 1
  secret_id      = aws_secretsmanager_secret.staged.id
  secret_string  = data.aws_secretsmanager_random_password.strict.random_password
  version_stages = ["AWSCURRENT", "green"]
  # A random value is another one in each plan.
  lifecycle { ignore_changes = [secret_string] }
  depends_on = [aws_secretsmanager_secret_version.first]
}

data "aws_secretsmanager_random_password" "strict" {
  password_length            = 24
  exclude_characters         = "abc"
  exclude_lowercase          = false
  exclude_numbers            = true
  exclude_punctuation        = true
  include_space              = false
  require_each_included_type = true
}

data "aws_secretsmanager_secret_version" "database" {
  secret_id  = aws_secretsmanager_secret.database.id
  depends_on = [aws_secretsmanager_secret_version.database]
}

data "aws_secretsmanager_secret_versions" "staged" {
  secret_id          = aws_secretsmanager_secret.staged.id
  include_deprecated = true
  depends_on         = [aws_secretsmanager_secret_version.second]
}

data "aws_secretsmanager_secrets" "app" {
  filter {
    name   = "name"
    values = ["app/"]
  }
  depends_on = [aws_secretsmanager_secret.staged, aws_secretsmanager_secret.guarded]
}

data "aws_secretsmanager_random_password" "password" {
  password_length = 30
}

data "aws_secretsmanager_secret" "seen" {
  name       = "app/database"
  depends_on = [aws_secretsmanager_secret_version.database]
}

output "guarded" {
  value = aws_secretsmanager_secret.guarded.name
}

output "database" {
  value = nonsensitive(data.aws_secretsmanager_secret_version.database.secret_string)
}

output "versions" {
  value = length(data.aws_secretsmanager_secret_versions.staged.versions)
}

output "names" {
  value = data.aws_secretsmanager_secrets.app.names
}
