"""Stand in for a program: its content is not what these cases are about."""
