output "server_address" {
  description = "Where server answers"
  value       = digitalocean_reserved_ip.server.ip_address
}

output "server_private_address" {
  description = "server within the VPC"
  value       = digitalocean_droplet.server.ipv4_address_private
}
