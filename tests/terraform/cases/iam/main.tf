data "aws_caller_identity" "me" {}

locals {
  changed = var.stage == 2
}

resource "aws_iam_account_alias" "alias" {
  account_alias = local.changed ? "fogbank-second" : "fogbank-first"
}

resource "aws_iam_account_password_policy" "strict" {
  minimum_password_length        = local.changed ? 14 : 10
  require_lowercase_characters   = true
  require_numbers                = true
  require_uppercase_characters   = true
  require_symbols                = local.changed
  allow_users_to_change_password = true
  password_reuse_prevention      = local.changed ? 3 : null
  max_password_age               = local.changed ? 90 : null
}

resource "aws_iam_policy" "read" {
  name        = "read-orders"
  path        = "/app/"
  description = "Reads orders"
  policy      = data.aws_iam_policy_document.read.json
  tags        = { stage = tostring(var.stage) }
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "Read"
    actions   = local.changed ? ["s3:GetObject", "s3:ListBucket"] : ["s3:GetObject"]
    resources = ["arn:aws:s3:::orders", "arn:aws:s3:::orders/*"]
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/team"
      values   = ["sales"]
    }
  }
}

resource "aws_iam_policy" "boundary" {
  name   = "boundary"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:*", "sqs:*"], Resource = "*" }] })
}

# People and groups
resource "aws_iam_user" "ada" {
  name                 = "ada"
  path                 = local.changed ? "/people/sales/" : "/people/"
  permissions_boundary = aws_iam_policy.boundary.arn
  force_destroy        = true
  tags                 = { team = "sales" }
}

resource "aws_iam_access_key" "ada" {
  user   = aws_iam_user.ada.name
  status = local.changed ? "Inactive" : "Active"
}

resource "aws_iam_user_login_profile" "ada" {
  user                    = aws_iam_user.ada.name
  password_length         = 24
  password_reset_required = true
  depends_on              = [aws_iam_account_password_policy.strict]
}

resource "aws_iam_user_policy" "ada" {
  name   = "own-queue"
  user   = aws_iam_user.ada.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" }] })
}

resource "aws_iam_user_policy_attachment" "ada" {
  user       = aws_iam_user.ada.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_group" "sales" {
  name = local.changed ? "sales-team" : "sales"
  path = local.changed ? "/teams/" : "/"
}

resource "aws_iam_group" "everybody" {
  name = "everybody"
}

resource "aws_iam_group_policy" "sales" {
  name   = "lists"
  group  = aws_iam_group.sales.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = local.changed ? "s3:List*" : "s3:ListAllMyBuckets", Resource = "*" }] })
}

resource "aws_iam_group_policy_attachment" "sales" {
  group      = aws_iam_group.sales.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_group_policy_attachment" "sales_read" {
  group      = aws_iam_group.sales.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_group_membership" "sales" {
  name  = "members"
  group = aws_iam_group.sales.name
  users = local.changed ? [aws_iam_user.ada.name, aws_iam_user.bob.name] : [aws_iam_user.ada.name]
}

resource "aws_iam_user" "bob" {
  name = "bob"
}

resource "aws_iam_user_group_membership" "bob" {
  user   = aws_iam_user.bob.name
  groups = [aws_iam_group.everybody.name]   # the members of `sales` are listed above, and only there
}

# Roles
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
    principals {
      type        = "AWS"
      identifiers = [aws_iam_user.ada.arn]
    }
  }
}

resource "aws_iam_role" "app" {
  name                  = "order-app"
  description           = local.changed ? "Runs the app, changed" : "Runs the app"
  assume_role_policy    = data.aws_iam_policy_document.trust.json
  max_session_duration  = local.changed ? 7200 : 3600
  permissions_boundary  = aws_iam_policy.boundary.arn
  force_detach_policies = true
  tags                  = { app = "orders" }
}

resource "aws_iam_role" "spare" {
  name               = "spare"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = aws_iam_user.bob.arn }, Action = "sts:AssumeRole" }] })
}

resource "aws_iam_role_policy" "app" {
  name   = "queue"
  role   = aws_iam_role.app.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sqs:*", Resource = "*" }] })
}

resource "aws_iam_role_policy_attachment" "app" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_instance_profile" "app" {
  name = "order-app"
  path = "/apps/"
  role = local.changed ? aws_iam_role.spare.name : aws_iam_role.app.name
  tags = { app = "orders", stage = tostring(var.stage) }
}

resource "aws_iam_service_linked_role" "scaling" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "fogbank"
  description      = local.changed ? "Scales more" : "Scales"
}

# Identity provider
resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://token.ci.example.com"
  client_id_list  = local.changed ? ["sts.amazonaws.com", "fogbank"] : ["sts.amazonaws.com"]
  thumbprint_list = [local.changed ? "9e99a48a9960b14926bb7f3b02e22da2b0ab7280" : "6938fd4d98bab03faadb97b34396831e3780aea1"]
  tags            = local.changed ? { team = "build", cost = "42" } : { team = "build" }
}

resource "aws_iam_role" "ci" {
  name = "ci"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = aws_iam_openid_connect_provider.ci.arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = { "token.ci.example.com:aud" = "sts.amazonaws.com" } }
    }]
  })
}

resource "aws_iam_service_linked_role" "batch" {
  aws_service_name = "batch.amazonaws.com"
  description      = "stage ${var.stage}"
}

data "aws_iam_policy" "managed" {
  name = "AdministratorAccess"
}

output "managed_arn" {
  value = data.aws_iam_policy.managed.arn
}

output "provider" {
  value = aws_iam_openid_connect_provider.ci.arn
}
