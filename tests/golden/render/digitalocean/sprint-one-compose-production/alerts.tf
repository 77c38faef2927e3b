# The strategy sets no level; this is a usual one.
resource "digitalocean_monitor_alert" "server_cpu" {
  description = "sprint-one-production server: cpu above 90 percent"
  type        = "v1/insights/droplet/cpu"
  compare     = "GreaterThan"
  value       = 90
  window      = "10m"
  enabled     = true
  entities    = [digitalocean_droplet.server.id]

  alerts {
    email = [var.alert_email]
  }
}

# The strategy sets no level; this is a usual one.
resource "digitalocean_monitor_alert" "server_memory" {
  description = "sprint-one-production server: memory above 90 percent"
  type        = "v1/insights/droplet/memory_utilization_percent"
  compare     = "GreaterThan"
  value       = 90
  window      = "10m"
  enabled     = true
  entities    = [digitalocean_droplet.server.id]

  alerts {
    email = [var.alert_email]
  }
}

# The strategy sets no level; this is a usual one.
resource "digitalocean_monitor_alert" "server_disk" {
  description = "sprint-one-production server: disk above 80 percent"
  type        = "v1/insights/droplet/disk_utilization_percent"
  compare     = "GreaterThan"
  value       = 80
  window      = "10m"
  enabled     = true
  entities    = [digitalocean_droplet.server.id]

  alerts {
    email = [var.alert_email]
  }
}

resource "digitalocean_uptime_check" "main" {
  name    = "sprint-one-production"
  target  = "https://${var.domain}/"
  type    = "https"
  regions = ["us_east", "eu_west"]
}

resource "digitalocean_uptime_alert" "down" {
  name     = "sprint-one-production-down"
  check_id = digitalocean_uptime_check.main.id
  type     = "down_global"
  period   = "2m"

  notifications {
    email = [var.alert_email]
  }
}

resource "digitalocean_uptime_alert" "certificate" {
  name       = "sprint-one-production-certificate"
  check_id   = digitalocean_uptime_check.main.id
  type       = "ssl_expiry"
  comparison = "less_than"
  threshold  = 14
  period     = "1h"

  notifications {
    email = [var.alert_email]
  }
}
