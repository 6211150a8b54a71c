"""A command whose help ends with examples that can be typed as they stand."""

from __future__ import annotations

import click


class Command(click.Command):
    """Show the epilog as examples, a line each, never folded."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the examples below a heading."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.splitlines():
                    formatter.write_text(line)
