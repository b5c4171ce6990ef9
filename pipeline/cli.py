"""Arguments in, exit code out: the command line, without logic of its own.

Data goes to stdout; progress and messages go to stderr. Exit codes: 0 published; 1 a guard tripped, nothing published; 2 usage or
configuration; 3 the environment failed; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from pipeline.commands.shown import STOPPED, printable
from pipeline.errors import PipelineError

# Each command and the file that has it under this name; a file is loaded when its command is called, so that each starts fast.
_COMMANDS = {
    "ingest": "whole",
    "clean": "one",
    "detect": "one",
    "explain": "whole",
    "verify": "whole",
    "diff": "diff",
    "search": "export",
    "export": "export",
    "report": "report",
    "sources": "sources",
    "schema": "whole",
}


class _Group(click.Group):
    """Finds commands by name; makes this package's errors into one line and their exit code; all else is a fault with its traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in _COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"pipeline.commands.{_COMMANDS[cmd_name]}"), cmd_name)
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        near = get_close_matches(args[0], _COMMANDS, 1)
        if near and args[0] not in _COMMANDS:
            ctx.fail(f"no command {args[0]!r}; did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PipelineError as error:
            click.echo(f"pipeline: {printable(str(error))}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            ctx.exit(STOPPED)
        except BrokenPipeError:  # the reader of stdout has enough
            sys.stderr.close()
            ctx.exit(0)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="document-pipeline", prog_name="pipeline")
def main() -> None:
    """Raw documents in, clean merged JSON records out, and a ledger line for everything that went.

    \b
    Example:
      pipeline ingest                      # raw/ -> processed/
      pipeline explain "rare condition"    # where a passage went, or came from
    """
