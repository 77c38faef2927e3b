# lb: two-regions.yaml:41.
resource "aws_lb" "lb" {
  #checkov:skip=CKV2_AWS_76: known bad inputs hold Log4j; the list of anonymous addresses would stop VPNs too
  name                             = "orders-production-lb"
  load_balancer_type               = "application"
  internal                         = false
  subnets                          = [aws_subnet.public_a.id, aws_subnet.public_b.id, aws_subnet.public_c.id]
  security_groups                  = [aws_security_group.lb.id]
  drop_invalid_header_fields       = true
  idle_timeout                     = 130
  enable_cross_zone_load_balancing = true
  # Users come in here: take this away by hand before it may go.
  enable_deletion_protection = true
  tags = {
    Name      = "orders-production-lb"
    Component = "lb"
  }

  access_logs {
    bucket  = aws_s3_bucket.logs.id
    prefix  = "lb"
    enabled = true
  }

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_lb_target_group" "api" {
  #checkov:skip=CKV_AWS_378: TLS ends at the load balancer, targets stand in private subnets
  name                          = "orders-production-api"
  vpc_id                        = aws_vpc.main.id
  port                          = 8000
  protocol                      = "HTTP"
  target_type                   = "ip"
  deregistration_delay          = 120
  load_balancing_algorithm_type = "round_robin"
  tags = {
    Name      = "orders-production-api"
    Component = "api"
  }

  health_check {
    protocol            = "HTTP"
    path                = "/health"
    matcher             = "200-299"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  # two-regions.yaml:17 asks for sticky sessions: a user stays on the machine that holds
  # what is theirs.
  stickiness {
    type            = "lb_cookie"
    cookie_duration = 86400
    enabled         = true
  }
}

resource "aws_lb_target_group" "api_green" {
  #checkov:skip=CKV_AWS_378: TLS ends at the load balancer, targets stand in private subnets
  name                          = "orders-production-api-green"
  vpc_id                        = aws_vpc.main.id
  port                          = 8000
  protocol                      = "HTTP"
  target_type                   = "ip"
  deregistration_delay          = 120
  load_balancing_algorithm_type = "round_robin"
  tags = {
    Name      = "orders-production-api-green"
    Component = "api"
  }

  health_check {
    protocol            = "HTTP"
    path                = "/health"
    matcher             = "200-299"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  # two-regions.yaml:17 asks for sticky sessions: a user stays on the machine that holds
  # what is theirs.
  stickiness {
    type            = "lb_cookie"
    cookie_duration = 86400
    enabled         = true
  }
}

resource "aws_lb_listener" "lb_http" {
  load_balancer_arn = aws_lb.lb.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

# No request gets the default action: the rule of api takes every one.
resource "aws_lb_listener" "lb_https" {
  load_balancer_arn = aws_lb.lb.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.main.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api.arn
  }
}

# ECS moves users to a new version by these weights. They are its own from the first deploy
# on: after each one the other target group has the users.
resource "aws_lb_listener_rule" "api" {
  listener_arn = aws_lb_listener.lb_https.arn
  priority     = 50000
  tags = {
    Name      = "orders-production-api"
    Component = "api"
  }

  action {
    type = "forward"

    forward {
      target_group {
        arn    = aws_lb_target_group.api.arn
        weight = 1
      }

      target_group {
        arn    = aws_lb_target_group.api_green.arn
        weight = 0
      }

      # Asked for where target groups are sticky. It is short, so that nobody is held at a
      # target group that ECS is about to empty.
      stickiness {
        enabled  = true
        duration = 60
      }
    }
  }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }

  lifecycle {
    ignore_changes = [action]
  }
}

# For ECS: a new version answers here before users see it. No rule lets anyone in yet; open
# the port to whoever tests.
resource "aws_lb_listener" "lb_test" {
  load_balancer_arn = aws_lb.lb.arn
  port              = 8443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.main.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api_green.arn
  }
}

# ECS sends testers to the new version by this rule, before any user.
resource "aws_lb_listener_rule" "api_test" {
  listener_arn = aws_lb_listener.lb_test.arn
  priority     = 50000
  tags = {
    Name      = "orders-production-api-test"
    Component = "api"
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api_green.arn
  }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }

  lifecycle {
    ignore_changes = [action]
  }
}
