"""The embedded default: jobs of this machine, in one queue file, with a runner when needed."""
