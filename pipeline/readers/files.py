"""The files below raw/: found in a fixed order, read without following links, bounded, never a device or a pipe."""

from __future__ import annotations

import errno
import os
import stat
import time
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
# What programs add to a page's name for the folder of its parts when they save it whole: browsers in English, others in their languages
# (the "connected files" of Windows). Frames in it are advertisements and buttons more often than not, and no documents.
_PAGES = (b".html", b".htm", b".xhtml")
_PARTS = tuple(
    suffix.encode()
    for suffix in (
        "_files .files -Dateien _fichiers _bestanden _file _archivos -filer _tiedostot _pliki _soubory _elemei _ficheiros _arquivos "
        "_dosyalar _datoteke _fitxers _failid _fails _bylos _fajlovi _fitxategiak"
    ).split()
)
_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/!$&'()*+,;=:@ ")

RACY_NS = 2_000_000_000  # a file changed less than this before it was read may change again unseen: some file systems count in 2 s


class Stat(NamedTuple):
    """What the file system says of a file, and when it was asked."""

    size: int = 0
    mtime: int = 0  # ns
    ctime: int = 0  # ns; not even a copy that keeps its times keeps this one
    inode: int = 0
    seen: int = 0  # ns, before the file was read

    def same(self, now: Stat) -> bool:
        """Whether a file that was read then has the same bytes now, for certain.

        Equal times are no proof where the file was changed so shortly before it was read that a second change has the same time.
        """
        return self[:4] == now[:4] and max(self.mtime, self.ctime) < self.seen - RACY_NS


class Entry(NamedTuple):
    """Something that lies below raw/."""

    path: str  # below raw/, percent-encoded, `/` between folders
    real: bytes  # below raw/, as the file system has it
    skip: str  # why it is no document: hidden | attachment; empty for what is to be read


# The machine's faults, not a document's: they must end a run, or it would publish a set without what it could not see.
MACHINE_ERRORS = frozenset((errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EINTR))


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
    if text.isprintable() and "%" not in text:
        return text
    return "".join(c if c.isprintable() and c != "%" else "".join(f"%{b:02X}" for b in c.encode()) for c in text)


def walk(raw: str | os.PathLike[str], but: str = "") -> Iterator[Entry]:
    """Every entry below raw/, in byte order of paths; links and special files included, not followed.

    `but` is the path of one file that is not an entry: the configuration.
    """
    root = os.fsencode(raw)
    folders = [_listed(root, b"", False)]  # the one that is being gone through, last, and those around it: no depth is too deep
    while folders:
        folder = folders[-1]
        name = next(folder.names, None)
        if name is None:
            folders.pop()
            continue
        path = folder.below + name
        if not name.endswith(b"/"):
            if path != but.encode():
                yield Entry(encode_path(path), path, skip_reason(path) or ("attachment" if folder.part else ""))
            continue
        try:
            folders.append(_listed(root, path, folder.part or _of_a_page(name[:-1], folder.pages)))
        except OSError as error:
            if error.errno in MACHINE_ERRORS:
                raise  # to go on would publish a set without everything in this folder
            yield Entry(encode_path(path[:-1]), path[:-1], "")


class _Folder(NamedTuple):
    """A folder that is being gone through."""

    below: bytes  # its path, with `/` at the end; empty for raw/ itself
    part: bool  # whether it holds the parts of a page, so that nothing in it is a document
    names: Iterator[bytes]  # what is in it, in order; those of folders end in `/`
    pages: set[bytes]  # names of the pages in it, without their endings


def _listed(root: bytes, below: bytes, part: bool) -> _Folder:
    """A folder with what is in it. Raises OSError."""
    with os.scandir(os.path.join(root, below)) as found:
        # A folder sorts as if its name ended in `/`, so that the order is that of full paths.
        names = sorted((e.name + b"/" if e.is_dir(follow_symlinks=False) else e.name) for e in found)
    return _Folder(below, part, iter(names), {name.rpartition(b".")[0] for name in names if name.lower().endswith(_PAGES)})


def _of_a_page(folder: bytes, pages: set[bytes]) -> bool:
    """Whether a folder holds the parts of a page beside it.

    >>> _of_a_page(b"Slate_files", {b"Slate"}), _of_a_page(b"my_files", {b"Slate"})
    (True, False)
    """
    return bool(pages) and any(folder.endswith(suffix) and folder[: -len(suffix)] in pages for suffix in _PARTS)


def skip_reason(path: bytes) -> str:
    """Why an entry is no document by its name: hidden | attachment; empty for what is to be read."""
    if path.startswith(b".") or b"/." in path:
        return "hidden"
    ending = os.path.splitext(path)[1].lower()
    return "attachment" if ending.decode("ascii", "replace") in ATTACHMENTS else ""


def read(raw: str | os.PathLike[str], real: bytes, limit: int = MAX_BYTES) -> bytes:
    """The bytes of one regular file, at most `limit`.

    Raises Unreadable.
    """
    return load(raw, real, limit)[0]


def load(raw: str | os.PathLike[str], real: bytes, limit: int = MAX_BYTES) -> tuple[bytes, Stat]:
    """The bytes of one regular file, at most `limit`, and what the file system said of it before they were read.

    Raises Unreadable, and OSError where the machine is at fault.
    """
    seen = time.time_ns()
    handle = open_regular(raw, real)
    with os.fdopen(handle, "rb", buffering=0) as file:
        status = os.fstat(handle)
        if status.st_size > limit:
            raise _too_large(limit)
        try:
            data = _all(handle, limit)
        except OSError as error:
            if error.errno in MACHINE_ERRORS:
                raise
            raise Unreadable(f"reading failed: {error.strerror or error}", "check the disk and the file's permissions") from error
        del file
    if len(data) > limit:
        raise _too_large(limit)
    return data, _stat(status, seen)


def open_regular(raw: str | os.PathLike[str], real: bytes) -> int:
    """A descriptor of a regular file; never follows a link, never waits on a pipe.

    Raises Unreadable, and OSError where the machine is at fault.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        handle = os.open(os.path.join(os.fsencode(raw), real), flags)
    except OSError as error:
        if error.errno in MACHINE_ERRORS:
            raise
        raise _reason(raw, real, error) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Unreadable("this is not a regular file", "remove pipes, sockets, devices and folders that cannot be opened from raw/")
    return handle


def look(raw: str | os.PathLike[str], real: bytes) -> Stat:
    """What the file system says of an entry now; zeros where there is none."""
    seen = time.time_ns()
    try:
        return _stat(os.lstat(os.path.join(os.fsencode(raw), real)), seen)
    except OSError:
        return Stat()


def _stat(status: os.stat_result, seen: int) -> Stat:
    return Stat(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, seen)


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
