"""Files read into resources, or into diagnostics with their places."""
