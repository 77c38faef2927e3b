# What must hold whatever else is changed. No account is needed: the provider is a mock.
#   terraform init -backend=false && terraform test

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = {
      account_id = "123456789012"
    }
  }
}

variables {
  image_api         = "123456789012.dkr.ecr.us-east-1.amazonaws.com/nexod-staging/api:v1"
  db_password       = "an-example-of-some-length"
  cache_auth_token  = "an-example-of-some-length"
  alert_email       = "team@example.com"
  alert_on_call_url = "https://example.com/hook"
}

run "network_is_closed" {
  command = plan

  assert {
    condition     = aws_subnet.private_a.map_public_ip_on_launch != true
    error_message = "private_a: gives no public address"
  }

  assert {
    condition     = aws_subnet.private_b.map_public_ip_on_launch != true
    error_message = "private_b: gives no public address"
  }

  assert {
    condition     = aws_subnet.data_a.map_public_ip_on_launch != true
    error_message = "data_a: gives no public address"
  }

  assert {
    condition     = aws_subnet.data_b.map_public_ip_on_launch != true
    error_message = "data_b: gives no public address"
  }

  assert {
    condition     = contains([80, 443], aws_vpc_security_group_ingress_rule.lb_https.from_port)
    error_message = "lb_https: the internet may only reach ports 80 and 443"
  }

  assert {
    condition     = contains([80, 443], aws_vpc_security_group_ingress_rule.lb_http.from_port)
    error_message = "lb_http: the internet may only reach ports 80 and 443"
  }
}

run "users_come_in_by_tls" {
  command = plan

  assert {
    condition     = aws_lb_listener.lb_http.default_action[0].type == "redirect"
    error_message = "lb_http: HTTP is only answered with a redirect"
  }

  assert {
    condition     = aws_lb_listener.lb_https.ssl_policy == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    error_message = "lb_https: TLS 1.2 or newer"
  }
}

run "services_survive_a_bad_version" {
  command = plan

  assert {
    condition     = aws_ecs_service.api.network_configuration[0].assign_public_ip == false
    error_message = "api: its tasks have no public address"
  }

  assert {
    condition     = aws_ecs_service.api.enable_execute_command == false
    error_message = "api: nobody opens a shell in a task"
  }

  assert {
    condition     = aws_ecs_service.api.deployment_circuit_breaker[0].rollback
    error_message = "api: a bad version is rolled back"
  }
}

run "data_is_encrypted_and_kept" {
  command = plan

  assert {
    condition     = aws_ecr_repository.api.image_tag_mutability == "IMMUTABLE"
    error_message = "api: a tag always means one image"
  }

  assert {
    condition     = aws_db_instance.db.storage_encrypted
    error_message = "db: it is encrypted"
  }

  assert {
    condition     = aws_db_instance.db.publicly_accessible == false
    error_message = "db: it is private"
  }

  assert {
    condition     = tostring(aws_elasticache_replication_group.cache.at_rest_encryption_enabled) == "true"
    error_message = "cache: it is encrypted"
  }

  assert {
    condition     = aws_elasticache_replication_group.cache.transit_encryption_enabled
    error_message = "cache: connections are encrypted"
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.files.block_public_policy && aws_s3_bucket_public_access_block.files.restrict_public_buckets
    error_message = "files: nobody makes it public"
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.logs.block_public_policy && aws_s3_bucket_public_access_block.logs.restrict_public_buckets
    error_message = "logs: nobody makes it public"
  }
}
