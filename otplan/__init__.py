"""Plan and apply experiments on Slurm clusters, declared in a YAML manifest."""

__version__ = "0.1.0"
