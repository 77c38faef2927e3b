data "aws_caller_identity" "current" {}

resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags = {
    Name = "nexod-staging-vpc"
  }
}

# AWS makes this group and lets its members talk to one another. Nothing uses it: without a
# rule it stays closed.
resource "aws_default_security_group" "main" {
  vpc_id = aws_vpc.main.id
  tags = {
    Name = "nexod-staging-default-unused"
  }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
  tags = {
    Name = "nexod-staging-internet"
  }
}

resource "aws_subnet" "public_a" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.0.0.0/24"
  availability_zone = "us-east-1a"
  tags = {
    Name = "nexod-staging-public-a"
    Tier = "public"
  }
}

resource "aws_subnet" "public_b" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.0.1.0/24"
  availability_zone = "us-east-1b"
  tags = {
    Name = "nexod-staging-public-b"
    Tier = "public"
  }
}

# For load balancers and NAT: straight out.
resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  tags = {
    Name = "nexod-staging-public"
  }
}

resource "aws_route" "public_out" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_route_table_association" "public_a" {
  subnet_id      = aws_subnet.public_a.id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "public_b" {
  subnet_id      = aws_subnet.public_b.id
  route_table_id = aws_route_table.public.id
}

resource "aws_subnet" "private_a" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.0.16.0/20"
  availability_zone = "us-east-1a"
  tags = {
    Name = "nexod-staging-private-a"
    Tier = "private"
  }
}

resource "aws_subnet" "private_b" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.0.32.0/20"
  availability_zone = "us-east-1b"
  tags = {
    Name = "nexod-staging-private-b"
    Tier = "private"
  }
}

# One NAT gateway for all zones. The strategy names none (`outgrow check` counts what it
# costs); when its zone fails, nothing gets out. For one a zone add a component of kind
# network on aws/nat-gateway with that count.
resource "aws_eip" "nat_a" {
  domain = "vpc"
  tags = {
    Name = "nexod-staging-nat-a"
  }
}

resource "aws_nat_gateway" "a" {
  allocation_id = aws_eip.nat_a.id
  subnet_id     = aws_subnet.public_a.id
  tags = {
    Name = "nexod-staging-nat-a"
  }

  depends_on = [aws_internet_gateway.main]
}

# What runs in zone a leaves by the NAT gateway of zone a.
resource "aws_route_table" "private_a" {
  vpc_id = aws_vpc.main.id
  tags = {
    Name = "nexod-staging-private-a"
  }
}

resource "aws_route" "private_a_out" {
  route_table_id         = aws_route_table.private_a.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.a.id
}

resource "aws_route_table_association" "private_a" {
  subnet_id      = aws_subnet.private_a.id
  route_table_id = aws_route_table.private_a.id
}

# What runs in zone b leaves by the NAT gateway of zone a.
resource "aws_route_table" "private_b" {
  vpc_id = aws_vpc.main.id
  tags = {
    Name = "nexod-staging-private-b"
  }
}

resource "aws_route" "private_b_out" {
  route_table_id         = aws_route_table.private_b.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.a.id
}

resource "aws_route_table_association" "private_b" {
  subnet_id      = aws_subnet.private_b.id
  route_table_id = aws_route_table.private_b.id
}

resource "aws_subnet" "data_a" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.0.8.0/24"
  availability_zone = "us-east-1a"
  tags = {
    Name = "nexod-staging-data-a"
    Tier = "data"
  }
}

resource "aws_subnet" "data_b" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.0.9.0/24"
  availability_zone = "us-east-1b"
  tags = {
    Name = "nexod-staging-data-b"
    Tier = "data"
  }
}

# For stores: nothing in here reaches the internet, and nothing out there reaches in.
resource "aws_route_table" "data" {
  vpc_id = aws_vpc.main.id
  tags = {
    Name = "nexod-staging-data"
  }
}

resource "aws_route_table_association" "data_a" {
  subnet_id      = aws_subnet.data_a.id
  route_table_id = aws_route_table.data.id
}

resource "aws_route_table_association" "data_b" {
  subnet_id      = aws_subnet.data_b.id
  route_table_id = aws_route_table.data.id
}

# S3, and the layers of images in ECR, past the NAT gateway and free of charge. Endpoints of
# other services cost by the hour in each zone: they pay from about a terabyte a month on.
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.main.id
  service_name      = "com.amazonaws.us-east-1.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids = [
    aws_route_table.public.id,
    aws_route_table.private_a.id,
    aws_route_table.private_b.id,
  ]
  tags = {
    Name = "nexod-staging-s3"
  }
}

resource "aws_cloudwatch_log_group" "flow" {
  #checkov:skip=CKV_AWS_338: the strategy states no retention of logs, 30 days do
  name              = "/vpc/nexod-staging"
  retention_in_days = 30
  kms_key_id        = aws_kms_key.main.arn
  tags = {
    Name = "nexod-staging-flow"
  }
}

resource "aws_iam_role" "flow_log" {
  name = "nexod-staging-flow-log"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "vpc-flow-logs.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
  tags = {
    Name = "nexod-staging-flow-log"
  }
}

resource "aws_iam_role_policy" "flow_log" {
  name = "what-it-needs"
  role = aws_iam_role.flow_log.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "logs:CreateLogStream",
          "logs:PutLogEvents",
          "logs:DescribeLogStreams",
        ]
        Resource = [
          aws_cloudwatch_log_group.flow.arn,
          "${aws_cloudwatch_log_group.flow.arn}:*",
        ]
      },
    ]
  })
}

# What was refused: enough to see an attack or a rule that is missing, at a fraction of what
# a record of all traffic costs.
resource "aws_flow_log" "main" {
  vpc_id          = aws_vpc.main.id
  traffic_type    = "REJECT"
  log_destination = aws_cloudwatch_log_group.flow.arn
  iam_role_arn    = aws_iam_role.flow_log.arn
  tags = {
    Name = "nexod-staging-flow-log"
  }
}
