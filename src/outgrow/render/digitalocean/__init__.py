"""The target `digitalocean`: droplets, managed databases and load balancers as Terraform."""

from __future__ import annotations

from outgrow.render.digitalocean.render import applies, render
from outgrow.render.target import Target

TARGET = Target("digitalocean", "Terraform for DigitalOcean", applies, render)
