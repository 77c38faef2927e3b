module "us_east_1" {
  source = "./modules/us_east_1"

  providers = {
    aws = aws
  }

  image_api        = var.image_api
  image_worker     = var.image_worker
  db_password      = var.db_password
  cache_auth_token = var.cache_auth_token
  domain           = var.domain
  alert_email      = var.alert_email
  budget_usd_month = var.budget_usd_month
}

module "eu_west_1" {
  source = "./modules/eu_west_1"

  providers = {
    aws = aws.eu_west_1
  }

  image_api                   = var.image_api_eu_west_1
  image_worker                = var.image_worker_eu_west_1
  db_password                 = var.db_password
  cache_auth_token            = var.cache_auth_token
  domain                      = var.domain
  alert_email                 = var.alert_email
  home_db_instance_db_arn     = module.us_east_1.db_instance_db_arn
  home_db_instance_db_address = module.us_east_1.db_instance_db_address
}
