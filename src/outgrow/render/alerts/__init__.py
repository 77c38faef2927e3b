"""One definition of every alert, and its translations to Prometheus and CloudWatch."""
