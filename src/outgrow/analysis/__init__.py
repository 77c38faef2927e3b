"""What a strategy costs, which phase fits, what it forgot: pure functions over values."""
