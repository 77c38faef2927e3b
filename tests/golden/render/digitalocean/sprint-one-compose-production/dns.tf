# The zone has to stand in DigitalOcean's DNS before this is applied.
data "digitalocean_domain" "main" {
  name = var.domain
}

# Five minutes: a move to another address is over soon.
resource "digitalocean_record" "main" {
  domain = data.digitalocean_domain.main.id
  type   = "A"
  name   = "@"
  value  = digitalocean_reserved_ip.server.ip_address
  ttl    = 300
}
