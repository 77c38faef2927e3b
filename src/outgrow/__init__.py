"""outgrow: a small team's infrastructure strategy as a program."""

__version__ = "0.1.0"
