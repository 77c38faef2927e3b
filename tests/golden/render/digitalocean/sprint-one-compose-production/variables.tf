variable "region" {
  description = "Data centre of DigitalOcean; outgrow.yaml:16 names us-east-1 of another provider, and this one lies near it."
  type        = string
  default     = "nyc3"

  validation {
    condition     = can(regex("^[a-z]{3}[0-9]$", var.region))
    error_message = "A data centre is called like nyc3."
  }
}

variable "ssh_addresses" {
  description = "Addresses from which the team reaches droplets by SSH, as 203.0.113.7/32."
  type        = list(string)

  validation {
    condition     = !contains(var.ssh_addresses, "0.0.0.0/0")
    error_message = "SSH is not for the whole internet."
  }
}

variable "ssh_key_fingerprints" {
  description = "Fingerprints of the team's keys, as `doctl compute ssh-key list` shows them."
  type        = list(string)

  validation {
    condition     = length(var.ssh_key_fingerprints) > 0
    error_message = "Without a key nobody gets in: passwords are off."
  }
}

variable "domain" {
  description = "Zone in DigitalOcean's DNS in which the system's name is made."
  type        = string
}

variable "alert_email" {
  description = "Verified e-mail address that is told of alarms."
  type        = string
}
