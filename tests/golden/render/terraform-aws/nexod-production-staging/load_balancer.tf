# lb: outgrow.yaml:224.
resource "aws_lb" "lb" {
  #checkov:skip=CKV_AWS_150: it can be removed by `terraform destroy` outside of production
  #checkov:skip=CKV2_AWS_28: not production, and the strategy limits no requests
  name                             = "nexod-staging-lb"
  load_balancer_type               = "application"
  internal                         = false
  subnets                          = [aws_subnet.public_a.id, aws_subnet.public_b.id]
  security_groups                  = [aws_security_group.lb.id]
  drop_invalid_header_fields       = true
  idle_timeout                     = 60
  enable_cross_zone_load_balancing = true
  enable_deletion_protection       = false
  tags = {
    Name      = "nexod-staging-lb"
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
  name                          = "nexod-staging-api"
  vpc_id                        = aws_vpc.main.id
  port                          = 8000
  protocol                      = "HTTP"
  target_type                   = "ip"
  deregistration_delay          = 30
  load_balancing_algorithm_type = "least_outstanding_requests"
  tags = {
    Name      = "nexod-staging-api"
    Component = "api"
  }

  # The strategy names no path that tells health: / stands in.
  health_check {
    protocol            = "HTTP"
    path                = "/"
    matcher             = "200-399"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
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
