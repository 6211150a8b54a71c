"""Commands and files of one host, here or over ssh: the only package that imports subprocess."""
