resource "aws_cloudwatch_log_group" "machine_stop" {
  #checkov:skip=CKV_AWS_338: the strategy states no retention of logs, 30 days do
  name              = "/aws/lambda/pocketable-production-machine-stop"
  retention_in_days = 30
  kms_key_id        = aws_kms_key.main.arn
  tags = {
    Name      = "pocketable-production-machine-stop"
    Component = "machine"
  }
}

resource "aws_iam_role" "machine_stop" {
  name = "pocketable-production-machine-stop"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "lambda.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
  tags = {
    Name      = "pocketable-production-machine-stop"
    Component = "machine"
  }
}

resource "aws_iam_role_policy" "machine_stop" {
  name = "what-it-needs"
  role = aws_iam_role.machine_stop.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "ec2:StopInstances"
        Resource = "arn:aws:ec2:us-east-1:${data.aws_caller_identity.current.account_id}:instance/${aws_instance.machine.id}"
        Condition = {
          StringEquals = {
            "aws:ResourceTag/Component" = "machine"
          }
        }
      },
      {
        Effect   = "Allow"
        Action   = ["cloudwatch:GetMetricStatistics", "ec2:DescribeInstances"]
        Resource = "*"
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.machine_stop.arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = aws_kms_key.main.arn
      },
    ]
  })
}

resource "aws_lambda_function" "machine_stop" {
  #checkov:skip=CKV_AWS_50: one call of the AWS API: its log says all that a trace would
  #checkov:skip=CKV_AWS_115: the schedule never runs it twice at a time
  #checkov:skip=CKV_AWS_116: a run that fails is repeated by the schedule
  #checkov:skip=CKV_AWS_117: it only calls APIs of AWS; nothing in the VPC is reached
  #checkov:skip=CKV_AWS_272: its source stands beside this file
  function_name = "pocketable-production-machine-stop"
  role          = aws_iam_role.machine_stop.arn
  runtime       = "python3.13"
  architectures = ["arm64"]
  handler       = "idle.stop"
  # Made by: python3 -m zipfile -c lambda/idle.zip lambda/idle.py
  filename         = "${path.module}/lambda/idle.zip"
  source_code_hash = filebase64sha256("${path.module}/lambda/idle.py")
  timeout          = 30
  kms_key_arn      = aws_kms_key.main.arn
  tags = {
    Name      = "pocketable-production-machine-stop"
    Component = "machine"
  }

  environment {
    variables = {
      INSTANCE_ID     = aws_instance.machine.id
      METRIC          = "NetworkIn"
      STATISTIC       = "Sum"
      BELOW           = "1000"
      WINDOW_SECONDS  = "1800"
      NO_DATA_IS_IDLE = "true"
      DRY_RUN         = var.idle_dry_run
    }
  }

  depends_on = [aws_cloudwatch_log_group.machine_stop]
}

resource "aws_cloudwatch_log_group" "machine_start" {
  #checkov:skip=CKV_AWS_338: the strategy states no retention of logs, 30 days do
  name              = "/aws/lambda/pocketable-production-machine-start"
  retention_in_days = 30
  kms_key_id        = aws_kms_key.main.arn
  tags = {
    Name      = "pocketable-production-machine-start"
    Component = "machine"
  }
}

resource "aws_iam_role" "machine_start" {
  name = "pocketable-production-machine-start"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "lambda.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
  tags = {
    Name      = "pocketable-production-machine-start"
    Component = "machine"
  }
}

resource "aws_iam_role_policy" "machine_start" {
  name = "what-it-needs"
  role = aws_iam_role.machine_start.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "ec2:StartInstances"
        Resource = "arn:aws:ec2:us-east-1:${data.aws_caller_identity.current.account_id}:instance/${aws_instance.machine.id}"
        Condition = {
          StringEquals = {
            "aws:ResourceTag/Component" = "machine"
          }
        }
      },
      {
        Effect   = "Allow"
        Action   = "kms:CreateGrant"
        Resource = aws_kms_key.main.arn
        Condition = {
          Bool = {
            "kms:GrantIsForAWSResource" = "true"
          }
        }
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.machine_start.arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = aws_kms_key.main.arn
      },
    ]
  })
}

resource "aws_lambda_function" "machine_start" {
  #checkov:skip=CKV_AWS_50: one call of the AWS API: its log says all that a trace would
  #checkov:skip=CKV_AWS_115: the schedule never runs it twice at a time
  #checkov:skip=CKV_AWS_116: a run that fails is repeated by the schedule
  #checkov:skip=CKV_AWS_117: it only calls APIs of AWS; nothing in the VPC is reached
  #checkov:skip=CKV_AWS_272: its source stands beside this file
  function_name = "pocketable-production-machine-start"
  role          = aws_iam_role.machine_start.arn
  runtime       = "python3.13"
  architectures = ["arm64"]
  handler       = "idle.start"
  # Made by: python3 -m zipfile -c lambda/idle.zip lambda/idle.py
  filename         = "${path.module}/lambda/idle.zip"
  source_code_hash = filebase64sha256("${path.module}/lambda/idle.py")
  timeout          = 30
  kms_key_arn      = aws_kms_key.main.arn
  tags = {
    Name      = "pocketable-production-machine-start"
    Component = "machine"
  }

  environment {
    variables = {
      INSTANCE_ID = aws_instance.machine.id
    }
  }

  depends_on = [aws_cloudwatch_log_group.machine_start]
}

# outgrow.yaml:425: it looks every 5 minutes.
resource "aws_cloudwatch_event_rule" "machine_stop" {
  name                = "pocketable-production-machine-stop"
  description         = "Looks whether machine is idle"
  schedule_expression = "rate(5 minutes)"
  tags = {
    Name      = "pocketable-production-machine-stop"
    Component = "machine"
  }
}

resource "aws_cloudwatch_event_target" "machine_stop" {
  rule = aws_cloudwatch_event_rule.machine_stop.name
  arn  = aws_lambda_function.machine_stop.arn
}

resource "aws_lambda_permission" "machine_stop" {
  statement_id  = "schedule"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.machine_stop.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.machine_stop.arn
}
