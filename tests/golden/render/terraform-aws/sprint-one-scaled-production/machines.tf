resource "aws_iam_role" "app_instance" {
  name = "sprint-one-production-app-instance"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ec2.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
  tags = {
    Name      = "sprint-one-production-app-instance"
    Component = "app"
  }
}

resource "aws_iam_role_policy_attachment" "app_instance_ssm" {
  role       = aws_iam_role.app_instance.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_role_policy_attachment" "app_instance_metrics" {
  role       = aws_iam_role.app_instance.name
  policy_arn = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"
}

resource "aws_iam_role_policy" "app_instance" {
  name = "what-it-needs"
  role = aws_iam_role.app_instance.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.app.arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = "ssm:GetParameter"
        Resource = aws_ssm_parameter.app_image.arn
      },
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
        Resource = "arn:aws:ecr:us-east-1:${data.aws_caller_identity.current.account_id}:repository/sprint-one-production/app"
      },
      {
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = aws_kms_key.main.arn
      },
    ]
  })
}

resource "aws_iam_instance_profile" "app" {
  name = "sprint-one-production-app-instance"
  role = aws_iam_role.app_instance.name
}

resource "aws_cloudwatch_log_group" "app" {
  #checkov:skip=CKV_AWS_338: the strategy states no retention of logs, 30 days do
  name              = "/ec2/sprint-one-production/app"
  retention_in_days = 30
  kms_key_id        = aws_kms_key.main.arn
  tags = {
    Name      = "sprint-one-production-app"
    Component = "app"
  }
}

resource "aws_ssm_parameter" "app_image" {
  #checkov:skip=CKV2_AWS_34: the name of an image is no secret
  name        = "/sprint-one-production/app/image"
  description = "The image that machines run of app"
  type        = "String"
  value       = var.image_app
  tags = {
    Name      = "sprint-one-production-app-image"
    Component = "app"
  }
}

# app: outgrow.yaml:172. No SSH: `aws ssm start-session` opens a shell and leaves a record.
resource "aws_launch_template" "app" {
  name = "sprint-one-production-app"
  # Ubuntu 24.04 as Canonical last published it, read at start.
  image_id               = "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
  instance_type          = "t3.medium"
  update_default_version = true
  ebs_optimized          = "true"
  user_data              = filebase64("${path.module}/user-data/app.sh")
  vpc_security_group_ids = [aws_security_group.app.id]
  tags = {
    Name      = "sprint-one-production-app"
    Component = "app"
  }

  iam_instance_profile {
    arn = aws_iam_instance_profile.app.arn
  }

  block_device_mappings {
    device_name = "/dev/sda1"

    ebs {
      volume_type           = "gp3"
      volume_size           = 50
      encrypted             = "true"
      delete_on_termination = "true"
    }
  }

  # Containers do not reach the machine's credentials.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }

  tag_specifications {
    resource_type = "volume"
    tags = {
      Name      = "sprint-one-production-app"
      Component = "app"
    }
  }
}

# 2 to 8 machines: outgrow.yaml:172.
resource "aws_autoscaling_group" "app" {
  name                      = "sprint-one-production-app"
  min_size                  = 2
  max_size                  = 8
  vpc_zone_identifier       = [aws_subnet.private_a.id, aws_subnet.private_b.id]
  target_group_arns         = [aws_lb_target_group.app.arn]
  health_check_type         = "ELB"
  health_check_grace_period = 300
  default_instance_warmup   = 300
  enabled_metrics           = ["GroupInServiceInstances", "GroupDesiredCapacity"]

  launch_template {
    id      = aws_launch_template.app.id
    version = aws_launch_template.app.latest_version
  }

  # A new script or a new image: machines are replaced one after the other, and the old ones
  # come back when the new ones do not get healthy.
  instance_refresh {
    strategy = "Rolling"
    triggers = ["tag"]

    preferences {
      min_healthy_percentage = 100
      auto_rollback          = true
      instance_warmup        = 300
    }
  }

  tag {
    key                 = "Name"
    value               = "sprint-one-production-app"
    propagate_at_launch = true
  }

  tag {
    key                 = "Component"
    value               = "app"
    propagate_at_launch = true
  }

  tag {
    key                 = "image:app"
    value               = var.image_app
    propagate_at_launch = true
  }

  # Stopped machines that have already started once: they join in seconds and only their
  # disks are billed.
  warm_pool {
    pool_state                  = "Stopped"
    min_size                    = 1
    max_group_prepared_capacity = 8

    instance_reuse_policy {
      reuse_on_scale_in = true
    }
  }

  lifecycle {
    ignore_changes = [desired_capacity]
  }

  depends_on = [
    aws_route.private_a_out,
    aws_route.private_b_out,
    aws_route_table_association.private_a,
    aws_route_table_association.private_b,
    aws_vpc_security_group_egress_rule.app_https,
    aws_vpc_security_group_egress_rule.app_http,
    aws_iam_role_policy_attachment.app_instance_metrics,
    aws_iam_role_policy.app_instance,
  ]
}

resource "aws_autoscaling_policy" "app_cpu" {
  name                   = "app-cpu"
  autoscaling_group_name = aws_autoscaling_group.app.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = 60

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}
