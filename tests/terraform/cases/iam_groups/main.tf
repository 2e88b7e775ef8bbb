resource "aws_iam_user" "bob" {
  name = "bob"
  path = "/people/"
}

resource "aws_iam_group" "devs" {
  name = var.stage == 1 ? "devs" : "engineers"
  path = var.stage == 1 ? "/" : "/team/"
}

resource "aws_iam_group_membership" "devs" {
  name  = "devs"
  users = [aws_iam_user.bob.name]
  group = aws_iam_group.devs.name
}

resource "aws_iam_group_policy" "queues" {
  name  = "queues"
  group = aws_iam_group.devs.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = var.stage == 1 ? "sqs:ListQueues" : "sqs:*", Resource = "*" }]
  })
}

resource "aws_iam_policy" "buckets" {
  name        = "buckets"
  description = "sees buckets"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = var.stage == 1 ? "s3:ListAllMyBuckets" : "s3:*", Resource = "*" }]
  })
  tags = var.stage == 1 ? { team = "sales" } : { team = "sales", cost = "42" }
}

resource "aws_iam_group_policy_attachment" "buckets" {
  group      = aws_iam_group.devs.name
  policy_arn = aws_iam_policy.buckets.arn
}

resource "aws_iam_role" "web" {
  name                 = "web"
  max_session_duration = var.stage == 1 ? 3600 : 7200
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
  tags = { team = "web" }
}

resource "aws_iam_role" "other" {
  name = "other"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = aws_iam_user.bob.arn }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_instance_profile" "web" {
  name = "web"
  path = "/app/"
  role = var.stage == 1 ? aws_iam_role.web.name : aws_iam_role.other.name
  tags = var.stage == 1 ? {} : { stage = "2" }
}

output "group" {
  value = aws_iam_group.devs.arn
}
