"""HAProxy in front of our own services, with a blue and a green slot for every instance."""
