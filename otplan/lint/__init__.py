"""Rules on resources, each with its diagnostic."""
