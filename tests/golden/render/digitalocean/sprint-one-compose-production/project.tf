resource "digitalocean_project" "main" {
  name        = "sprint-one-production"
  description = "sprint-one, phase compose"
  purpose     = "Web Application"
  environment = "Production"
  resources   = [digitalocean_droplet.server.urn]
}
