# sprint-one, phase compose, environment production.
terraform {
  required_version = ">= 1.9"

  required_providers {
    digitalocean = {
      source  = "digitalocean/digitalocean"
      version = "~> 2.66"
    }
  }
}

# The token comes from DIGITALOCEAN_TOKEN, the keys of Spaces from
# SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY: none of them stands in a file.
provider "digitalocean" {}
