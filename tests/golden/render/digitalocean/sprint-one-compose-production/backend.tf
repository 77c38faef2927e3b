# Spaces speaks the language of S3; the checks below are of AWS alone. It keeps no lock:
# apply from one place, the pipeline, one at a time.
terraform {
  backend "s3" {
    key    = "sprint-one/production/terraform.tfstate"
    region = "us-east-1" # asked for by the client, not used by Spaces

    endpoints = {
      s3 = "https://nyc3.digitaloceanspaces.com"
    }

    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_region_validation      = true
    skip_requesting_account_id  = true
    skip_s3_checksum            = true
  }
}
