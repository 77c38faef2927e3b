"""The only place that opens files, sockets or processes, or reads the clock."""
