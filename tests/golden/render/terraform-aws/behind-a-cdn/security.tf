resource "aws_security_group" "lb" {
  name        = "behind-a-cdn-production-lb"
  description = "lb"
  vpc_id      = aws_vpc.main.id
  tags = {
    Name      = "behind-a-cdn-production-lb"
    Component = "lb"
  }
}

resource "aws_security_group" "web" {
  name        = "behind-a-cdn-production-web"
  description = "web"
  vpc_id      = aws_vpc.main.id
  tags = {
    Name      = "behind-a-cdn-production-web"
    Component = "web"
  }
}

resource "aws_security_group" "api" {
  name        = "behind-a-cdn-production-api"
  description = "api"
  vpc_id      = aws_vpc.main.id
  tags = {
    Name      = "behind-a-cdn-production-api"
    Component = "api"
  }
}

resource "aws_security_group" "worker" {
  name        = "behind-a-cdn-production-worker"
  description = "worker"
  vpc_id      = aws_vpc.main.id
  tags = {
    Name      = "behind-a-cdn-production-worker"
    Component = "worker"
  }
}

resource "aws_security_group" "db" {
  name        = "behind-a-cdn-production-db"
  description = "db"
  vpc_id      = aws_vpc.main.id
  tags = {
    Name      = "behind-a-cdn-production-db"
    Component = "db"
  }
}

# The addresses that CloudFront asks origins from. Anyone's distribution has them, which is
# why the load balancer keeps a firewall of its own.
data "aws_ec2_managed_prefix_list" "lb_cdn" {
  name = "com.amazonaws.global.cloudfront.origin-facing"
}

# Users come through CloudFront, and past it nobody.
resource "aws_vpc_security_group_ingress_rule" "lb_https" {
  security_group_id = aws_security_group.lb.id
  description       = "HTTPS from CloudFront"
  prefix_list_id    = data.aws_ec2_managed_prefix_list.lb_cdn.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "web_https" {
  security_group_id = aws_security_group.web.id
  description       = "HTTPS to AWS and to other services"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "api_https" {
  security_group_id = aws_security_group.api.id
  description       = "HTTPS to AWS and to other services"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "worker_https" {
  security_group_id = aws_security_group.worker.id
  description       = "HTTPS to AWS and to other services"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "web_from_lb" {
  security_group_id            = aws_security_group.web.id
  description                  = "lb to web"
  referenced_security_group_id = aws_security_group.lb.id
  ip_protocol                  = "tcp"
  from_port                    = 3000
  to_port                      = 3000
}

resource "aws_vpc_security_group_egress_rule" "lb_to_web" {
  security_group_id            = aws_security_group.lb.id
  description                  = "lb to web"
  referenced_security_group_id = aws_security_group.web.id
  ip_protocol                  = "tcp"
  from_port                    = 3000
  to_port                      = 3000
}

resource "aws_vpc_security_group_ingress_rule" "api_from_lb" {
  security_group_id            = aws_security_group.api.id
  description                  = "lb to api"
  referenced_security_group_id = aws_security_group.lb.id
  ip_protocol                  = "tcp"
  from_port                    = 8000
  to_port                      = 8000
}

resource "aws_vpc_security_group_egress_rule" "lb_to_api" {
  security_group_id            = aws_security_group.lb.id
  description                  = "lb to api"
  referenced_security_group_id = aws_security_group.api.id
  ip_protocol                  = "tcp"
  from_port                    = 8000
  to_port                      = 8000
}

resource "aws_vpc_security_group_ingress_rule" "api_from_web" {
  security_group_id            = aws_security_group.api.id
  description                  = "web to api"
  referenced_security_group_id = aws_security_group.web.id
  ip_protocol                  = "tcp"
  from_port                    = 8000
  to_port                      = 8000
}

resource "aws_vpc_security_group_egress_rule" "web_to_api" {
  security_group_id            = aws_security_group.web.id
  description                  = "web to api"
  referenced_security_group_id = aws_security_group.api.id
  ip_protocol                  = "tcp"
  from_port                    = 8000
  to_port                      = 8000
}

resource "aws_vpc_security_group_ingress_rule" "db_from_api" {
  security_group_id            = aws_security_group.db.id
  description                  = "api to db"
  referenced_security_group_id = aws_security_group.api.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "api_to_db" {
  security_group_id            = aws_security_group.api.id
  description                  = "api to db"
  referenced_security_group_id = aws_security_group.db.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}
