"""What commands share: reading what they are given, showing what they found."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from pipeline.errors import UsageError

STOPPED = 130  # exit code after Ctrl-C, as shells have it: 128 and the number of the signal


def data(file: str) -> bytes:
    """The bytes of a file, or of stdin for `-`.

    Raises UsageError where it cannot be read.
    """
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}; name a file, or - for stdin") from error


def print_json(value: Any) -> None:
    """A value as JSON on stdout."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def printable(text: str) -> str:
    """Untrusted text for a terminal: no control characters, so that no document can move the cursor or colour the screen.

    >>> printable("a\\x1b[2Jb")
    'a\ufffd[2Jb'
    """
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
