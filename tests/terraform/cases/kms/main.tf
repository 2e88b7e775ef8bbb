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

resource "aws_kms_key" "mac" {
  description              = "authenticates messages"
  customer_master_key_spec = "HMAC_384"
  key_usage                = "GENERATE_VERIFY_MAC"
  deletion_window_in_days  = var.stage == 1 ? 7 : 8
}

resource "aws_kms_key" "envelope" {
  description              = "encrypts for strangers"
  customer_master_key_spec = "RSA_3072"
  key_usage                = "ENCRYPT_DECRYPT"
  deletion_window_in_days  = 7
  # The policy inside of the key, and one that locks its author out.
  bypass_policy_lockout_safety_check = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = var.stage == 1 ? "Root" : "All"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_key" "agreement" {
  customer_master_key_spec = "ECC_NIST_P384"
  key_usage                = "KEY_AGREEMENT"
  deletion_window_in_days  = 7
}

resource "aws_kms_alias" "prefixed" {
  name_prefix   = "alias/mac-"
  target_key_id = aws_kms_key.mac.arn
}

resource "aws_kms_ciphertext" "motto" {
  key_id    = aws_kms_key.data.key_id
  plaintext = "motto ${var.stage}"
  context   = { app = "orders" }
}

data "aws_kms_secrets" "motto" {
  secret {
    name    = "motto"
    payload = aws_kms_ciphertext.motto.ciphertext_blob
    context = { app = "orders" }
  }
}

data "aws_kms_public_key" "envelope" {
  key_id = aws_kms_key.envelope.arn
}

data "aws_kms_key" "seen" {
  key_id     = "alias/data"
  depends_on = [aws_kms_alias.data]
}

resource "aws_kms_grant" "retirable" {
  key_id                = aws_kms_key.signing.arn
  grantee_principal     = aws_iam_role.app.arn
  retiring_principal    = aws_iam_role.app.arn
  operations            = ["Sign", "GetPublicKey", "DescribeKey"]
  retire_on_delete      = false
  grant_creation_tokens = []
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

output "envelope" {
  value = aws_kms_key.envelope.key_id
}

output "public_key" {
  value = data.aws_kms_public_key.envelope.public_key_pem
}

output "mac_alias" {
  value = aws_kms_alias.prefixed.name
}

output "motto" {
  value = nonsensitive(data.aws_kms_secrets.motto.plaintext["motto"])
}

output "seen" {
  value = data.aws_kms_key.seen.key_id
}
