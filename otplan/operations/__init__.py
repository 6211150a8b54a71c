"""The story of each command, one screen each."""
