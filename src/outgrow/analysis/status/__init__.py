"""Where one is: phase, headroom, signals, money lost by waiting, what to do."""
