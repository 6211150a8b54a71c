"""Slurm: commands as argv lists, its answers read, and the Scheduler that asks and believes."""
