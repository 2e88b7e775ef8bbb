resource "aws_organizations_organization" "this" {
  feature_set                   = "ALL"
  enabled_policy_types          = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
  aws_service_access_principals = var.stage == 1 ? ["config.amazonaws.com"] : ["config.amazonaws.com", "ram.amazonaws.com"]
}

resource "aws_organizations_organizational_unit" "workloads" {
  name      = var.stage == 1 ? "workloads" : "renamed"
  parent_id = aws_organizations_organization.this.roots[0].id
  tags      = { stage = tostring(var.stage) }
}

resource "aws_organizations_account" "shop" {
  name      = "shop"
  email     = "shop@example.com"
  parent_id = var.stage == 1 ? aws_organizations_organization.this.roots[0].id : aws_organizations_organizational_unit.workloads.id
  role_name = "Admin"
  tags      = { stage = tostring(var.stage) }

  lifecycle { ignore_changes = [role_name] }
}

resource "aws_organizations_policy" "no_queues" {
  name = "no-queues"
  type = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = "sqs:CreateQueue", Resource = "*" }]
  })
  depends_on = [aws_organizations_organization.this]
}

resource "aws_organizations_policy" "secure_transport" {
  name = "secure-transport"
  type = "RESOURCE_CONTROL_POLICY"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "*", Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } } }]
  })
  depends_on = [aws_organizations_organization.this]
}

resource "aws_organizations_policy_attachment" "unit" {
  policy_id = aws_organizations_policy.no_queues.id
  target_id = aws_organizations_organizational_unit.workloads.id
}

resource "aws_organizations_policy_attachment" "account" {
  policy_id = aws_organizations_policy.secure_transport.id
  target_id = aws_organizations_account.shop.id
}

output "account" { value = aws_organizations_account.shop.id }
