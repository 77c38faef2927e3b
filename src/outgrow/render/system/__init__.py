"""What every infrastructure target renders from: a phase in an environment, in plain parts."""
