resource "aws_cloudfront_response_headers_policy" "cdn" {
  #checkov:skip=CKV_AWS_259: preloading HSTS cannot be taken back, so the team decides it
  name = "behind-a-cdn-production-cdn"

  security_headers_config {
    strict_transport_security {
      access_control_max_age_sec = 63072000
      include_subdomains         = true
      preload                    = false
      override                   = true
    }

    content_type_options {
      override = true
    }

    frame_options {
      frame_option = "SAMEORIGIN"
      override     = false
    }

    referrer_policy {
      referrer_policy = "strict-origin-when-cross-origin"
      override        = false
    }
  }
}

# cdn: aws/cloudfront (behind-a-cdn.yaml:37).
resource "aws_cloudfront_distribution" "cdn" {
  #checkov:skip=CKV_AWS_86: access logs go to the bucket for logs by log delivery, without ACLs
  #checkov:skip=CKV2_AWS_47: known bad inputs hold Log4j; the list of anonymous addresses would stop VPNs too
  #checkov:skip=CKV_AWS_310: the strategy has no second origin to fall back on
  #checkov:skip=CKV_AWS_374: the strategy is for users of all countries
  #checkov:skip=CKV_AWS_305: it serves files by their names and has no start page
  comment         = "behind-a-cdn-production cdn"
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  aliases         = ["www.${var.domain}"]
  # Edges in North America and Europe, near to our regions.
  price_class = "PriceClass_100"
  web_acl_id  = aws_wafv2_web_acl.cdn.arn
  tags = {
    Name      = "behind-a-cdn-production-cdn"
    Component = "cdn"
  }

  origin {
    origin_id = "web"
    # Its own name, so that TLS fits.
    domain_name = "origin-www.${var.domain}"

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
      # Seconds; CloudFront waits no longer than 60.
      origin_read_timeout = 30
    }
  }

  origin {
    origin_id = "api"
    # Its own name, so that TLS fits.
    domain_name = "api.${var.domain}"

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
      # Seconds; CloudFront waits no longer than 60.
      origin_read_timeout = 60
    }
  }

  default_cache_behavior {
    target_origin_id       = "web"
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods         = ["GET", "HEAD"]
    compress               = true
    # AWS's CachingDisabled: the application decides.
    cache_policy_id = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    # AWS's AllViewer: headers, cookies and query as they came.
    origin_request_policy_id   = "216adef6-5c7f-47e4-b989-5492eafa07d3"
    response_headers_policy_id = aws_cloudfront_response_headers_policy.cdn.id
  }

  ordered_cache_behavior {
    path_pattern           = "/api/*"
    target_origin_id       = "api"
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods         = ["GET", "HEAD"]
    compress               = true
    # AWS's CachingDisabled: the application decides.
    cache_policy_id = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    # AWS's AllViewerExceptHostHeader: the host is the origin's.
    origin_request_policy_id   = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    response_headers_policy_id = aws_cloudfront_response_headers_policy.cdn.id
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    acm_certificate_arn      = aws_acm_certificate_validation.cdn.certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }
}

# Access logs by log delivery, which needs no ACL on the bucket.
resource "aws_cloudwatch_log_delivery_source" "cdn" {
  provider     = aws.us_east_1
  name         = "behind-a-cdn-production-cdn"
  log_type     = "ACCESS_LOGS"
  resource_arn = aws_cloudfront_distribution.cdn.arn
  tags = {
    Name      = "behind-a-cdn-production-cdn"
    Component = "cdn"
  }
}

resource "aws_cloudwatch_log_delivery_destination" "cdn" {
  provider      = aws.us_east_1
  name          = "behind-a-cdn-production-cdn"
  output_format = "json"
  tags = {
    Name      = "behind-a-cdn-production-cdn"
    Component = "cdn"
  }

  delivery_destination_configuration {
    destination_resource_arn = "${aws_s3_bucket.logs.arn}/cloudfront/cdn"
  }

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_cloudwatch_log_delivery" "cdn" {
  provider                 = aws.us_east_1
  delivery_source_name     = aws_cloudwatch_log_delivery_source.cdn.name
  delivery_destination_arn = aws_cloudwatch_log_delivery_destination.cdn.arn
  tags = {
    Name      = "behind-a-cdn-production-cdn"
    Component = "cdn"
  }
}
