"""Running a phase on this machine: what `outgrow up`, `down`, `logs` and `ps` do."""
