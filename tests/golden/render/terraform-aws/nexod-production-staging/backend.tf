# The bucket is made once by `bootstrap`; its name holds the account's number, which is
# why it is given to `terraform init` and does not stand here. The lock is a file beside
# the state, so that two people never apply at once.
terraform {
  backend "s3" {
    key          = "nexod/staging/terraform.tfstate"
    region       = "us-east-1"
    encrypt      = true
    use_lockfile = true
  }
}
