"""Projects and tasks of organisations. Nothing in here knows which phase it runs in."""
