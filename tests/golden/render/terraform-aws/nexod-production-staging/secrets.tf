# DATABASE_URL of api (outgrow.yaml:96). The address of a store that stands here, put
# together here.
resource "aws_secretsmanager_secret" "api_database_url" {
  #checkov:skip=CKV2_AWS_57: a new password is a change of the store as well
  name                    = "nexod-staging/api/DATABASE_URL"
  description             = "DATABASE_URL of api"
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = 7
  tags = {
    Name      = "nexod-staging-api-database-url"
    Component = "api"
  }
}

# Write-only: the value is in neither plan nor state.
resource "aws_secretsmanager_secret_version" "api_database_url" {
  secret_id        = aws_secretsmanager_secret.api_database_url.id
  secret_string_wo = "postgresql://outgrow_admin:${var.db_password}@${aws_db_instance.db.address}:5432/app?sslmode=require"
  # Raise it when the password changes.
  secret_string_wo_version = 1
}

# REDIS_URL of api (outgrow.yaml:97). The address of a store that stands here, put together
# here.
resource "aws_secretsmanager_secret" "api_redis_url" {
  #checkov:skip=CKV2_AWS_57: a new password is a change of the store as well
  name                    = "nexod-staging/api/REDIS_URL"
  description             = "REDIS_URL of api"
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = 7
  tags = {
    Name      = "nexod-staging-api-redis-url"
    Component = "api"
  }
}

# Write-only: the value is in neither plan nor state.
resource "aws_secretsmanager_secret_version" "api_redis_url" {
  secret_id        = aws_secretsmanager_secret.api_redis_url.id
  secret_string_wo = "rediss://:${var.cache_auth_token}@${aws_elasticache_replication_group.cache.primary_endpoint_address}:6379/0"
  # Raise it when the password changes.
  secret_string_wo_version = 1
}

# CLERK_SECRET_KEY of api (outgrow.yaml:98). Its value is in env:CLERK_SECRET_KEY; README.md
# has the command that fills it.
resource "aws_secretsmanager_secret" "api_clerk_secret_key" {
  #checkov:skip=CKV2_AWS_57: the value comes from elsewhere and is rotated there
  name                    = "nexod-staging/api/CLERK_SECRET_KEY"
  description             = "CLERK_SECRET_KEY of api"
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = 7
  tags = {
    Name      = "nexod-staging-api-clerk-secret-key"
    Component = "api"
  }
}

# SENTRY_DSN of api (outgrow.yaml:99). Its value is in env:SENTRY_DSN; README.md has the
# command that fills it.
resource "aws_secretsmanager_secret" "api_sentry_dsn" {
  #checkov:skip=CKV2_AWS_57: the value comes from elsewhere and is rotated there
  name                    = "nexod-staging/api/SENTRY_DSN"
  description             = "SENTRY_DSN of api"
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = 7
  tags = {
    Name      = "nexod-staging-api-sentry-dsn"
    Component = "api"
  }
}
