"""The one place where a command ends: every error becomes words and an exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import click

from otplan.cli.group import otplan
from otplan.errors import ManifestInvalid, OtplanError

INTERRUPTED = 130
BROKEN_PIPE = 141
USAGE = 64
BUG = 70


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; nothing but words reaches the terminal."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = otplan.main(
            args=None if argv is None else list(argv), prog_name="otplan", standalone_mode=False
        )
        sys.stdout.flush()
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted; what was done stays done", err=True)
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # click ends so, and in no other case, where a pipe is closed while a command writes.
        return _nobody_reads()
    except OtplanError as error:
        return _expected(error)
    except Exception as error:  # noqa: BLE001 - a bug must end in one line and a report, not here
        return _bug(error)
    return code if isinstance(code, int) else 0


def _nobody_reads() -> int:
    """End quietly: whoever read our output has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE


def _expected(error: OtplanError) -> int:
    """Show an error as its view draws it."""
    from otplan.cli.console import Console
    from otplan.cli.finding import show_diagnostics
    from otplan.views import errors

    console = Console.of_terminal()
    if isinstance(error, ManifestInvalid):
        show_diagnostics(console, error.diagnostics)
    else:
        console.error(errors.text(error, console.style))
    return error.exit_code


def _bug(error: Exception) -> int:
    """Keep the traceback in a file, and say in one line where it is."""
    from otplan.cli.report import write_report

    click.echo(f"this is a bug in otplan: {error!r}\nplease send {write_report(error)}", err=True)
    return BUG
