"""What each command does: reads its flags, calls its operation, shows the result."""
