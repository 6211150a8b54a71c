"""Run otplan: `python -m otplan` and the console script start here."""

import gc
import sys


def run() -> None:
    """Run the command line and end the process with its exit code."""
    gc.disable()  # First of all: collections while a large plan is built cost more than they free.

    from otplan.cli.main import main

    sys.exit(main())


if __name__ == "__main__":
    run()
