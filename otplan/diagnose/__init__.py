"""Causes of failures, read from what a job left behind."""
