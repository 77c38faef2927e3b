# RDS sends the metrics of the operating system to CloudWatch with it.
resource "aws_iam_role" "rds_monitoring" {
  name = "behind-a-cdn-production-rds-monitoring"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "monitoring.rds.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
  tags = {
    Name = "behind-a-cdn-production-rds-monitoring"
  }
}

resource "aws_iam_role_policy_attachment" "rds_monitoring" {
  role       = aws_iam_role.rds_monitoring.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_db_subnet_group" "db" {
  name        = "behind-a-cdn-production-db"
  description = "Isolated subnets: no route to or from the internet."
  subnet_ids  = [aws_subnet.data_a.id, aws_subnet.data_b.id, aws_subnet.data_c.id]
  tags = {
    Name      = "behind-a-cdn-production-db"
    Component = "db"
  }
}

# The strategy needs 5000 connections (behind-a-cdn.yaml:27) and 15 are reserved; a
# db.t4g.medium would take about 450 by itself. Each one costs memory.
resource "aws_db_parameter_group" "db" {
  name_prefix = "behind-a-cdn-production-db-"
  family      = "postgres16"
  description = "What the strategy needs beyond the defaults of RDS."
  tags = {
    Name      = "behind-a-cdn-production-db"
    Component = "db"
  }

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name = "log_min_duration_statement"
    # Milliseconds; the strategy has no target for the database's latency.
    value = "1000"
  }

  parameter {
    name = "log_statement"
    # Changes of the schema, never data.
    value = "ddl"
  }

  parameter {
    name  = "log_lock_waits"
    value = "1"
  }

  parameter {
    name         = "shared_preload_libraries"
    value        = "pg_stat_statements"
    apply_method = "pending-reboot"
  }

  parameter {
    name         = "max_connections"
    value        = "5015"
    apply_method = "pending-reboot"
  }

  lifecycle {
    create_before_destroy = true
  }
}

# RDS would make it without an end to its retention.
resource "aws_cloudwatch_log_group" "db_postgresql" {
  #checkov:skip=CKV_AWS_338: the strategy states no retention of logs, 30 days do
  name              = "/aws/rds/instance/behind-a-cdn-production-db/postgresql"
  retention_in_days = 30
  kms_key_id        = aws_kms_key.main.arn
  tags = {
    Name      = "behind-a-cdn-production-db"
    Component = "db"
  }
}

resource "aws_secretsmanager_secret" "db_master" {
  #checkov:skip=CKV2_AWS_57: a change of the password is a change of the database as well
  name                    = "behind-a-cdn-production/db/master"
  description             = "Master user of db."
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = 30
  tags = {
    Name      = "behind-a-cdn-production-db"
    Component = "db"
  }
}

# Write-only, as on the database: the value is in neither plan nor state.
resource "aws_secretsmanager_secret_version" "db_master" {
  secret_id = aws_secretsmanager_secret.db_master.id
  secret_string_wo = jsonencode({
    username = "outgrow_admin"
    password = var.db_password
  })
  secret_string_wo_version = 1
}

# db: aws/rds-postgresql/db.t4g.medium (behind-a-cdn.yaml:42).
resource "aws_db_instance" "db" {
  identifier = "behind-a-cdn-production-db"
  engine     = "postgres"
  # Major version only: RDS applies minor versions in the maintenance window. (behind-a-
  # cdn.yaml:27)
  engine_version = "16"
  # The phase's offering (behind-a-cdn.yaml:42).
  instance_class = "db.t4g.medium"
  # Storage to begin with (behind-a-cdn.yaml:42).
  allocated_storage = 400
  # Storage grows by itself, by two doublings at the most (an assumption).
  max_allocated_storage = 1600
  storage_type          = "gp3"
  iops                  = 12000
  storage_throughput    = 500
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.main.arn
  db_name               = "app"
  username              = "outgrow_admin"
  # Write-only: never in the state. AWS would rotate a password of its own every seven days,
  # and DATABASE_URL of api holds it.
  password_wo = var.db_password
  # Raise it to apply a new password, here and in the secrets that hold it.
  password_wo_version    = 1
  port                   = 5432
  db_subnet_group_name   = aws_db_subnet_group.db.name
  vpc_security_group_ids = [aws_security_group.db.id]
  publicly_accessible    = false
  parameter_group_name   = aws_db_parameter_group.db.name
  # A standby in a second zone (behind-a-cdn.yaml:42).
  multi_az                            = true
  iam_database_authentication_enabled = true
  # The strategy states no retention of backups; this is an assumption.
  backup_retention_period         = 7
  backup_window                   = "03:00-04:00"
  copy_tags_to_snapshot           = true
  delete_automated_backups        = false
  deletion_protection             = true
  skip_final_snapshot             = false
  final_snapshot_identifier       = "behind-a-cdn-production-db-final"
  performance_insights_enabled    = true
  performance_insights_kms_key_id = aws_kms_key.main.arn
  # Seven days cost nothing.
  performance_insights_retention_period = 7
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.rds_monitoring.arn
  enabled_cloudwatch_logs_exports       = ["postgresql", "upgrade"]
  auto_minor_version_upgrade            = true
  maintenance_window                    = "sun:04:30-sun:05:30"
  # Changes wait for the maintenance window.
  apply_immediately = false
  tags = {
    Name      = "behind-a-cdn-production-db"
    Component = "db"
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [aws_cloudwatch_log_group.db_postgresql]
}
