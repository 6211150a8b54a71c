"""Stages and templates turned into scripts."""
