"""Selectors: which addresses a command means."""
