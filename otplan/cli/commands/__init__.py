"""One module a command: options, one operation, one view."""
