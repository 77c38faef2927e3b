"""Grafana: dashboards over Prometheus or CloudWatch, and the files that provision them."""
