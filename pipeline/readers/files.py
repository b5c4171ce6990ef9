"""The files below raw/: found in a fixed order, read without following links, bounded, never a device or a pipe."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

MAX_BYTES = 16 * 1024 * 1024  # largest document: above it parsing could pass 10 s of CPU or 1 GiB of memory

# Files that belong to documents but are none: a saved page's parts, a vault's pictures.
ATTACHMENTS = frozenset(
    (
        ".png .jpg .jpeg .gif .svg .webp .bmp .ico .avif .tif .tiff .mp3 .mp4 .m4a .m4v .wav .ogg .oga .ogv .opus .flac .webm .mov .avi "
        ".mkv .css .js .mjs .map .woff .woff2 .ttf .otf .eot"
    ).split()
)
_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/!$&'()*+,;=:@ ")


class Entry(NamedTuple):
    """Something that lies below raw/."""

    path: str  # below raw/, percent-encoded, `/` between folders
    real: bytes  # below raw/, as the file system has it
    skip: str  # why it is no document: hidden | attachment; empty for what is to be read


class Unreadable(Exception):
    """A file that cannot be read as a document; `error` and `hint` are sentences for the quarantine."""

    def __init__(self, error: str, hint: str) -> None:
        super().__init__(error)
        self.error = error
        self.hint = hint


def encode_path(real: bytes) -> str:
    """A path as text that any file system and any reader can hold: UTF-8 stays, other bytes and control characters are percent-encoded.

    >>> encode_path(b"a/50%\\xff\\n.md")
    'a/50%25%FF%0A.md'
    """
    try:
        text = real.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(chr(b) if b in _SAFE else f"%{b:02X}" for b in real)
    return "".join(c if c.isprintable() and c != "%" else "".join(f"%{b:02X}" for b in c.encode()) for c in text)


def walk(raw: str | os.PathLike[str], but: str = "") -> Iterator[Entry]:
    """Every entry below raw/, in byte order of paths; links and special files included, not followed.

    `but` is the path of one file that is not an entry: the configuration.
    """
    for entry in _walk(os.fsencode(raw), b""):
        if entry.real != but.encode():
            yield entry


def _walk(root: bytes, below: bytes) -> Iterator[Entry]:
    try:
        with os.scandir(os.path.join(root, below)) as found:
            # A folder sorts as if its name ended in `/`, so that the order is that of full paths.
            entries = sorted((e.name + b"/" if e.is_dir(follow_symlinks=False) else e.name) for e in found)
    except OSError:
        yield Entry(encode_path(below.rstrip(b"/")), below.rstrip(b"/"), "")
        return
    for name in entries:
        path = below + name
        if name.endswith(b"/"):
            yield from _walk(root, path)
        else:
            yield Entry(encode_path(path), path, _skip(path))


def _skip(path: bytes) -> str:
    if any(part.startswith(b".") for part in path.split(b"/")):
        return "hidden"
    ending = os.path.splitext(path)[1].lower()
    return "attachment" if ending.decode("ascii", "replace") in ATTACHMENTS else ""


def read(raw: str | os.PathLike[str], real: bytes, limit: int = MAX_BYTES) -> bytes:
    """The bytes of one regular file, at most `limit`.

    Raises Unreadable.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        handle = os.open(os.path.join(os.fsencode(raw), real), flags)
    except OSError as error:
        raise _reason(raw, real, error) from error
    with os.fdopen(handle, "rb", buffering=0) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("this is not a regular file", "remove pipes, sockets, devices and folders that cannot be opened from raw/")
        if status.st_size > limit:
            raise _too_large(limit)
        try:
            data = _all(file.fileno(), limit)
        except OSError as error:
            raise Unreadable(f"reading failed: {error.strerror or error}", "check the disk and the file's permissions") from error
    if len(data) > limit:
        raise _too_large(limit)
    if not data.strip():
        raise Unreadable("the file is empty", "put the document's text into it, or remove it from raw/")
    return data


def _all(handle: int, limit: int) -> bytes:
    """Reads to the end or one byte past the limit: a file may grow while it is read."""
    parts = []
    left = limit + 1
    while left > 0 and (part := os.read(handle, min(left, 1 << 20))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _too_large(limit: int) -> Unreadable:
    return Unreadable(f"the file is larger than {limit // (1024 * 1024)} MiB", "split it into documents, or leave it out of raw/")


def _reason(raw: str | os.PathLike[str], real: bytes, error: OSError) -> Unreadable:
    try:
        mode = os.lstat(os.path.join(os.fsencode(raw), real)).st_mode
    except OSError:
        mode = 0
    if stat.S_ISLNK(mode):
        return Unreadable("this is a symbolic link", "put the file itself below raw/: links are not followed")
    if stat.S_ISDIR(mode):
        return Unreadable("this folder cannot be opened", "check its permissions")
    return Unreadable(f"the file cannot be opened: {error.strerror or error}", "check its permissions")
