data "aws_route53_zone" "main" {
  name         = var.domain
  private_zone = false
}

resource "aws_route53_health_check" "api_us_east_1" {
  type              = "HTTPS"
  fqdn              = module.us_east_1.lb_lb_dns_name
  port              = 443
  resource_path     = "/health"
  request_interval  = 30
  failure_threshold = 3
  enable_sni        = true
  tags = {
    Name = "orders-production-api-us-east-1"
  }
}

resource "aws_route53_record" "api_us_east_1" {
  zone_id         = data.aws_route53_zone.main.zone_id
  name            = "api.${var.domain}"
  type            = "A"
  set_identifier  = "us-east-1"
  health_check_id = aws_route53_health_check.api_us_east_1.id

  latency_routing_policy {
    region = "us-east-1"
  }

  alias {
    name                   = module.us_east_1.lb_lb_dns_name
    zone_id                = module.us_east_1.lb_lb_zone_id
    evaluate_target_health = true
  }
}

resource "aws_route53_health_check" "api_eu_west_1" {
  type              = "HTTPS"
  fqdn              = module.eu_west_1.lb_lb_dns_name
  port              = 443
  resource_path     = "/health"
  request_interval  = 30
  failure_threshold = 3
  enable_sni        = true
  tags = {
    Name = "orders-production-api-eu-west-1"
  }
}

resource "aws_route53_record" "api_eu_west_1" {
  zone_id         = data.aws_route53_zone.main.zone_id
  name            = "api.${var.domain}"
  type            = "A"
  set_identifier  = "eu-west-1"
  health_check_id = aws_route53_health_check.api_eu_west_1.id

  latency_routing_policy {
    region = "eu-west-1"
  }

  alias {
    name                   = module.eu_west_1.lb_lb_dns_name
    zone_id                = module.eu_west_1.lb_lb_zone_id
    evaluate_target_health = true
  }
}
