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

resource "aws_ssm_parameter" "becomes_secret" {
  name  = "/app/becomes-secret"
  type  = var.stage == 1 ? "String" : "SecureString"
  value = "known"
}

resource "aws_ssm_parameter" "becomes_plain" {
  name  = "/app/becomes-plain"
  type  = var.stage == 1 ? "SecureString" : "String"
  value = "unknown"
}

resource "aws_ssm_parameter" "intelligent" {
  name  = "/app/intelligent"
  type  = "String"
  tier  = "Intelligent-Tiering"
  value = var.stage == 1 ? "small" : join("", [for i in range(500) : "0123456789"])
}

resource "aws_ssm_parameter" "insecure" {
  name           = "/app/insecure"
  type           = "StringList"
  insecure_value = var.stage == 1 ? "x,y" : "x,y,z"
}

resource "aws_ssm_parameter" "advanced_secret" {
  name   = "/app/advanced-secret"
  type   = "SecureString"
  tier   = "Advanced"
  key_id = aws_kms_key.parameters.arn
  value  = join("", [for i in range(600) : "0123456789"])
}

resource "aws_ssm_parameter" "machine" {
  name      = "/app/machine"
  type      = "String"
  data_type = "aws:ec2:image"
  value     = nonsensitive(data.aws_ssm_parameter.image.value)
}

# An alias that the parameter follows.
resource "aws_kms_alias" "parameters" {
  name          = "alias/parameters"
  target_key_id = aws_kms_key.parameters.key_id
}

resource "aws_ssm_parameter" "by_alias" {
  name   = "/app/by-alias"
  type   = "SecureString"
  key_id = aws_kms_alias.parameters.name
  value  = "through an alias ${var.stage}"
}

data "aws_ssm_parameter" "seen" {
  name       = "/app/plain:1"
  depends_on = [aws_ssm_parameter.plain]
}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

data "aws_ssm_parameters_by_path" "app" {
  path            = "/app"
  recursive       = true
  with_decryption = true
  depends_on = [aws_ssm_parameter.plain, aws_ssm_parameter.list, aws_ssm_parameter.secret, aws_ssm_parameter.own_key, aws_ssm_parameter.advanced, aws_ssm_parameter.intelligent,
  aws_ssm_parameter.insecure, aws_ssm_parameter.advanced_secret, aws_ssm_parameter.machine, aws_ssm_parameter.by_alias]
}

output "image" {
  value = nonsensitive(data.aws_ssm_parameter.image.value)
}

output "first" {
  value = nonsensitive(data.aws_ssm_parameter.seen.value)
}

output "names" {
  value = nonsensitive(data.aws_ssm_parameters_by_path.app.names)
}
