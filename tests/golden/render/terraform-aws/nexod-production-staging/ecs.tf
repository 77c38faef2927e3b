resource "aws_ecs_cluster" "main" {
  name = "nexod-staging"
  tags = {
    Name = "nexod-staging-cluster"
  }

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_cloudwatch_log_group" "api" {
  #checkov:skip=CKV_AWS_338: the strategy states no retention of logs, 30 days do
  name              = "/ecs/nexod-staging/api"
  retention_in_days = 30
  kms_key_id        = aws_kms_key.main.arn
  tags = {
    Name      = "nexod-staging-api"
    Component = "api"
  }
}

# What ECS itself needs to start a task: the image, the secrets, the logs.
resource "aws_iam_role" "api_execution" {
  name = "nexod-staging-api-execution"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ecs-tasks.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
  tags = {
    Name      = "nexod-staging-api-execution"
    Component = "api"
  }
}

resource "aws_iam_role_policy" "api_execution" {
  name = "what-it-needs"
  role = aws_iam_role.api_execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
      {
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability",
          "ecr:BatchGetImage",
          "ecr:GetDownloadUrlForLayer",
        ]
        Resource = "arn:aws:ecr:us-east-1:${data.aws_caller_identity.current.account_id}:repository/nexod-staging/api"
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.api.arn}:*"
      },
      {
        Effect = "Allow"
        Action = "secretsmanager:GetSecretValue"
        Resource = [
          aws_secretsmanager_secret.api_database_url.arn,
          aws_secretsmanager_secret.api_redis_url.arn,
          aws_secretsmanager_secret.api_clerk_secret_key.arn,
          aws_secretsmanager_secret.api_sentry_dsn.arn,
        ]
      },
      {
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = aws_kms_key.main.arn
      },
    ]
  })
}

# What the code of api may do on AWS: what it links to, no more.
resource "aws_iam_role" "api_task" {
  name = "nexod-staging-api-task"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ecs-tasks.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
  tags = {
    Name      = "nexod-staging-api-task"
    Component = "api"
  }
}

resource "aws_iam_role_policy" "api_task" {
  name = "what-it-needs"
  role = aws_iam_role.api_task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = aws_s3_bucket.files.arn
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        Resource = "${aws_s3_bucket.files.arn}/*"
      },
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = aws_kms_key.main.arn
      },
    ]
  })
}

resource "aws_ecs_task_definition" "api" {
  family                   = "nexod-staging-api"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  # outgrow.yaml:303.
  cpu                = 2048
  memory             = 4096
  execution_role_arn = aws_iam_role.api_execution.arn
  task_role_arn      = aws_iam_role.api_task.arn
  container_definitions = jsonencode([
    {
      name                   = "api"
      image                  = var.image_api
      essential              = true
      user                   = "10001:10001"
      readonlyRootFilesystem = true
      linuxParameters = {
        initProcessEnabled = true
        capabilities = {
          drop = ["ALL"]
        }
      }
      portMappings = [
        {
          containerPort = 8000
          protocol      = "tcp"
        },
      ]
      environment = [
        {
          name  = "SENTRY_TRACES_SAMPLE_RATE"
          value = "0.1"
        },
        {
          name  = "SENTRY_PROFILES_SAMPLE_RATE"
          value = "0.01"
        },
      ]
      secrets = [
        {
          name      = "DATABASE_URL"
          valueFrom = aws_secretsmanager_secret.api_database_url.arn
        },
        {
          name      = "REDIS_URL"
          valueFrom = aws_secretsmanager_secret.api_redis_url.arn
        },
        {
          name      = "CLERK_SECRET_KEY"
          valueFrom = aws_secretsmanager_secret.api_clerk_secret_key.arn
        },
        {
          name      = "SENTRY_DSN"
          valueFrom = aws_secretsmanager_secret.api_sentry_dsn.arn
        },
      ]
      # The image names them as VOLUME: else they belong to root and nobody else may write.
      mountPoints = [
        {
          sourceVolume  = "tmp"
          containerPath = "/tmp"
        },
      ]
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.api.name
          awslogs-region        = "us-east-1"
          awslogs-stream-prefix = "app"
        }
      }
    },
  ])
  tags = {
    Name      = "nexod-staging-api"
    Component = "api"
  }

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  volume {
    name = "tmp"
  }
}

# Run once before a new version starts: README.md has the command. It waits for all that a
# task needs, so that it can be applied and run before the service.
resource "aws_ecs_task_definition" "api_migrate" {
  family                   = "nexod-staging-api-migrate"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  # outgrow.yaml:303.
  cpu                = 2048
  memory             = 4096
  execution_role_arn = aws_iam_role.api_execution.arn
  task_role_arn      = aws_iam_role.api_task.arn
  container_definitions = jsonencode([
    {
      name                   = "api-migrate"
      image                  = var.image_api
      essential              = true
      user                   = "10001:10001"
      readonlyRootFilesystem = true
      linuxParameters = {
        initProcessEnabled = true
        capabilities = {
          drop = ["ALL"]
        }
      }
      command = ["alembic", "upgrade", "head"]
      environment = [
        {
          name  = "SENTRY_TRACES_SAMPLE_RATE"
          value = "0.1"
        },
        {
          name  = "SENTRY_PROFILES_SAMPLE_RATE"
          value = "0.01"
        },
      ]
      secrets = [
        {
          name      = "DATABASE_URL"
          valueFrom = aws_secretsmanager_secret.api_database_url.arn
        },
        {
          name      = "REDIS_URL"
          valueFrom = aws_secretsmanager_secret.api_redis_url.arn
        },
        {
          name      = "CLERK_SECRET_KEY"
          valueFrom = aws_secretsmanager_secret.api_clerk_secret_key.arn
        },
        {
          name      = "SENTRY_DSN"
          valueFrom = aws_secretsmanager_secret.api_sentry_dsn.arn
        },
      ]
      # The image names them as VOLUME: else they belong to root and nobody else may write.
      mountPoints = [
        {
          sourceVolume  = "tmp"
          containerPath = "/tmp"
        },
      ]
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.api.name
          awslogs-region        = "us-east-1"
          awslogs-stream-prefix = "migrate"
        }
      }
    },
  ])
  tags = {
    Name      = "nexod-staging-api-migrate"
    Component = "api"
  }

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  volume {
    name = "tmp"
  }

  depends_on = [
    aws_ecs_cluster.main,
    aws_route.private_a_out,
    aws_route.private_b_out,
    aws_route_table_association.private_a,
    aws_route_table_association.private_b,
    aws_iam_role_policy.api_execution,
    aws_vpc_security_group_egress_rule.api_https,
    aws_vpc_security_group_ingress_rule.db_from_api,
    aws_vpc_security_group_egress_rule.api_to_db,
    aws_vpc_security_group_ingress_rule.cache_from_api,
    aws_vpc_security_group_egress_rule.api_to_cache,
    aws_secretsmanager_secret_version.api_database_url,
    aws_secretsmanager_secret_version.api_redis_url,
  ]
}

# api: outgrow.yaml:303.
resource "aws_ecs_service" "api" {
  name             = "api"
  cluster          = aws_ecs_cluster.main.arn
  task_definition  = aws_ecs_task_definition.api.arn
  desired_count    = 1
  platform_version = "LATEST"
  launch_type      = "FARGATE"
  # No shell into a running task.
  enable_execute_command             = false
  propagate_tags                     = "SERVICE"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  availability_zone_rebalancing      = "ENABLED"
  health_check_grace_period_seconds  = 60
  tags = {
    Name      = "nexod-staging-api"
    Component = "api"
  }

  network_configuration {
    subnets          = [aws_subnet.private_a.id, aws_subnet.private_b.id]
    security_groups  = [aws_security_group.api.id]
    assign_public_ip = false
  }

  # A version that does not get healthy is given up, and the one before comes back.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.api.arn
    container_name   = "api"
    container_port   = 8000
  }

  depends_on = [
    aws_lb_listener.lb_https,
    aws_route.private_a_out,
    aws_route.private_b_out,
    aws_route_table_association.private_a,
    aws_route_table_association.private_b,
    aws_iam_role_policy.api_execution,
    aws_secretsmanager_secret_version.api_database_url,
    aws_secretsmanager_secret_version.api_redis_url,
  ]
}
