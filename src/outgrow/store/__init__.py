"""What outgrow remembers between commands: journals of long operations, and leases."""
