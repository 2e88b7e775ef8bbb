resource "aws_dynamodb_table" "locks" {
  name         = "terraform-locks"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "LockID"

  attribute {
    name = "LockID"
    type = "S"
  }
}

resource "aws_dynamodb_table" "orders" {
  name             = "orders"
  billing_mode     = "PROVISIONED"
  read_capacity    = var.stage == 1 ? 5 : 10
  write_capacity   = 5
  hash_key         = "customer"
  range_key        = "placed"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "customer"
    type = "S"
  }

  attribute {
    name = "placed"
    type = "N"
  }

  attribute {
    name = "state"
    type = "S"
  }

  global_secondary_index {
    name               = "by-state"
    hash_key           = "state"
    range_key          = "placed"
    projection_type    = "INCLUDE"
    non_key_attributes = ["total"]
    read_capacity      = 5
    write_capacity     = 5
  }

  local_secondary_index {
    name            = "by-customer-state"
    range_key       = "state"
    projection_type = "KEYS_ONLY"
  }

  ttl {
    enabled        = true
    attribute_name = "expires"
  }

  tags = var.stage == 1 ? { team = "sales" } : { team = "sales", cost = "42" }
}

resource "aws_dynamodb_table_item" "first" {
  table_name = aws_dynamodb_table.orders.name
  hash_key   = aws_dynamodb_table.orders.hash_key
  range_key  = aws_dynamodb_table.orders.range_key
  item = jsonencode({
    customer = { S = "ada" }
    placed   = { N = "1" }
    state    = { S = var.stage == 1 ? "open" : "paid" }
  })
}

resource "aws_dynamodb_resource_policy" "orders" {
  resource_arn = aws_dynamodb_table.orders.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Read"
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = "dynamodb:GetItem"
      Resource  = aws_dynamodb_table.orders.arn
    }]
  })
}

output "name" {
  value = aws_dynamodb_table.orders.name
}
