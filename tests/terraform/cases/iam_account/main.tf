resource "aws_iam_account_alias" "this" {
  account_alias = var.stage == 1 ? "fog-one" : "fog-two"
}

resource "aws_iam_account_password_policy" "this" {
  minimum_password_length        = var.stage == 1 ? 10 : 12
  require_numbers                = true
  require_symbols                = var.stage == 2
  allow_users_to_change_password = true
  password_reuse_prevention      = var.stage == 1 ? null : 3
  max_password_age               = var.stage == 1 ? null : 90
}

resource "aws_iam_openid_connect_provider" "github" {
  url             = "https://token.actions.githubusercontent.com"
  client_id_list  = var.stage == 1 ? ["sts.amazonaws.com"] : ["sts.amazonaws.com", "other"]
  thumbprint_list = [var.stage == 1 ? "6938fd4d98bab03faadb97b34396831e3780aea1" : "1c58a3a8518e8759bf075b76b750d4f2df264fcd"]
  tags            = var.stage == 1 ? { team = "build" } : { team = "build", cost = "42" }
}

resource "aws_iam_role" "deploy" {
  name = "deploy"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = aws_iam_openid_connect_provider.github.arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" } }
    }]
  })
}

resource "aws_iam_user" "person" {
  name = "person"
}

resource "aws_iam_user_login_profile" "person" {
  user                    = aws_iam_user.person.name
  password_length         = 20
  password_reset_required = true
  depends_on              = [aws_iam_account_password_policy.this]
}

resource "aws_iam_service_linked_role" "batch" {
  aws_service_name = "batch.amazonaws.com"
  description      = "stage ${var.stage}"
}

output "provider" {
  value = aws_iam_openid_connect_provider.github.arn
}
