# The size is from outgrow.yaml:107. It holds the data of postgres, redis: backed up, and
# not to be destroyed.
resource "digitalocean_droplet" "server" {
  #checkov:skip=CKV_DIO_2: the variable holds the keys, and has to name at least one
  name              = "sprint-one-production-server"
  image             = "debian-12-x64"
  size              = "s-2vcpu-2gb"
  region            = var.region
  vpc_uuid          = digitalocean_vpc.main.id
  ssh_keys          = var.ssh_key_fingerprints
  monitoring        = true
  backups           = true
  graceful_shutdown = true
  user_data         = file("${path.module}/user-data/server.yaml")
  tags              = ["sprint-one", "production", "server"]

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [image, user_data, ssh_keys]
  }
}

# Stays when the droplet is replaced, so that DNS need not change.
resource "digitalocean_reserved_ip" "server" {
  region = var.region
}

resource "digitalocean_reserved_ip_assignment" "server" {
  ip_address = digitalocean_reserved_ip.server.ip_address
  droplet_id = digitalocean_droplet.server.id
}
