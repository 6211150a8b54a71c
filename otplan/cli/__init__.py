"""The command line: options in, one operation, one view out."""
