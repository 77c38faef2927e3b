"""Arguments and views of the command line."""
