resource "aws_dynamodb_table" "locks" {
  name                        = "terraform-locks"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "LockID"
  deletion_protection_enabled = var.stage == 1

  attribute {
    name = "LockID"
    type = "S"
  }

  on_demand_throughput {
    max_read_request_units  = 100
    max_write_request_units = 50
  }
}

resource "aws_kms_key" "orders" {
  description             = "orders"
  deletion_window_in_days = 7
}

# From on demand to provisioned; one index stays, one goes, one comes.
resource "aws_dynamodb_table" "orders" {
  name             = "orders"
  billing_mode     = var.stage == 1 ? "PAY_PER_REQUEST" : "PROVISIONED"
  read_capacity    = var.stage == 1 ? null : 10
  write_capacity   = var.stage == 1 ? null : 5
  hash_key         = "customer"
  range_key        = "placed"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  table_class      = var.stage == 1 ? "STANDARD" : "STANDARD_INFREQUENT_ACCESS"

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

  attribute {
    name = var.stage == 1 ? "town" : "courier"
    type = "S"
  }

  global_secondary_index {
    name               = "by-state"
    hash_key           = "state"
    range_key          = "placed"
    projection_type    = "INCLUDE"
    non_key_attributes = ["total"]
    read_capacity      = var.stage == 1 ? null : 5
    write_capacity     = var.stage == 1 ? null : 5
  }

  global_secondary_index {
    name            = var.stage == 1 ? "by-town" : "by-courier"
    hash_key        = var.stage == 1 ? "town" : "courier"
    projection_type = "ALL"
    read_capacity   = var.stage == 1 ? null : 5
    write_capacity  = var.stage == 1 ? null : 5
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

  point_in_time_recovery {
    enabled = false
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.orders.arn
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
    courier  = { S = "bike" }
    town     = { S = "Ulm" }
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
