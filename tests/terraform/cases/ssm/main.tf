resource "aws_kms_key" "parameters" {
  deletion_window_in_days = 7
}

resource "aws_ssm_parameter" "plain" {
  name        = "/app/plain"
  type        = "String"
  value       = var.stage == 1 ? "one" : "two"
  description = "plain"
  tags        = { stage = tostring(var.stage) }
}

resource "aws_ssm_parameter" "list" {
  name  = "/app/list"
  type  = "StringList"
  value = "a,b,c"
}

resource "aws_ssm_parameter" "secret" {
  name  = "/app/secret"
  type  = "SecureString"
  value = "s3cret-${var.stage}"
}

resource "aws_ssm_parameter" "own_key" {
  name   = "/app/own-key"
  type   = "SecureString"
  value  = "hidden"
  key_id = aws_kms_key.parameters.key_id
}

resource "aws_ssm_parameter" "advanced" {
  name            = "/app/advanced"
  type            = "String"
  tier            = "Advanced"
  allowed_pattern = "^[a-z]+$"
  value           = var.stage == 1 ? "abc" : "def"
}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

data "aws_ssm_parameters_by_path" "app" {
  path       = "/app"
  depends_on = [aws_ssm_parameter.plain]
}

output "image" {
  value = nonsensitive(data.aws_ssm_parameter.image.value)
}
