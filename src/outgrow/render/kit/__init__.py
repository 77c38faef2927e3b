"""What an application with outgrow-kit is given in a phase: its settings, and more variables."""
