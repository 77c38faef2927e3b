"""The target `prometheus`: what is scraped, recorded and alerted on, with tests of every rule."""
