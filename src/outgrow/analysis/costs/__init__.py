"""What phases and environments cost, compared and set against revenue."""
