"""Replaces the published set as a whole: the old set or the new set, whatever happens in between.

New files are written below `.state/next/`, each flushed to disk; then a manifest with their hashes is renamed into place, which is the
commit: from here the new set is whole. Then the files are renamed over the published ones. A run that was killed before the commit
leaves the old set; one that was killed after it is finished by the next run, before anything else happens.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from pipeline.errors import EnvironmentFailedError, LockHeldError

STATE = ".state"
LOCK_SECONDS = 2.0  # to wait for a lock: workers end within milliseconds of a killed run, a loaded machine takes longer
_NEXT = "next"
_MANIFEST = "manifest.json"
_PART = re.compile(r"([^-]+)(?:-\d{1,4})?\.jsonl")  # a file of lines, or a part of one


@contextmanager
def locked(out: Path) -> Iterator[Path]:
    """Holds the output folder for one run, finishes or clears what a killed run left, and gives the state folder.

    Raises LockHeldError where another run is at work, EnvironmentFailedError where the folder cannot be written.
    """
    state = out / STATE
    try:
        state.mkdir(parents=True, exist_ok=True)
        handle = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise EnvironmentFailedError(f"{out}: cannot be written ({error.strerror}); choose another folder with --out") from error
    try:
        _lock(handle, out)
        recover(out)
        yield state
    except OSError as error:
        where = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else out
        raise EnvironmentFailedError(f"{where}: {error.strerror or error}; the published set is as it was") from error
    except sqlite3.Error as error:
        raise EnvironmentFailedError(f"{state}: the state file failed: {error}; the published set is as it was, run again") from error
    finally:
        os.close(handle)


def _lock(handle: int, out: Path) -> None:
    """Takes the lock; a run that was killed may have it for a moment yet, through workers that are on their way out."""
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            if time.monotonic() > until:
                raise LockHeldError(
                    f"{out}: another run is writing here; wait for it to end, or choose another folder with --out"
                ) from error
        time.sleep(0.02)


def recover(out: Path) -> None:
    """Finishes a publication that was committed, and clears what was not."""
    coming = out / STATE / _NEXT
    if (coming / _MANIFEST).exists():
        _finish(out, coming)
    shutil.rmtree(coming, ignore_errors=True)


def _finish(out: Path, coming: Path) -> None:
    """Puts a committed set in its place.

    Raises EnvironmentFailedError where the machine fails on the way: the next run goes on from there.
    """
    try:
        _move_into_place(out, coming)
    except OSError as error:
        where = error.filename or out
        raise EnvironmentFailedError(f"{where}: {error.strerror or error}; run again to put the new set in its place") from error


@contextmanager
def publication(out: Path) -> Iterator[Path]:
    """A folder for the new set; on leaving without an exception it replaces the published one.

    Files with the bytes of the published ones are not rewritten. What lies in the folder and was never published is left alone.
    """
    coming = out / STATE / _NEXT
    shutil.rmtree(coming, ignore_errors=True)
    coming.mkdir(parents=True)
    try:
        yield coming
        files = sorted(p for p in coming.rglob("*") if p.is_file())
        manifest = {str(p.relative_to(coming)): _hash_and_sync(p) for p in files}
        for folder in sorted({p.parent for p in files}):
            _sync_folder(folder)
        _write_manifest(coming, manifest)
    except BaseException:
        shutil.rmtree(coming, ignore_errors=True)
        raise
    _finish(out, coming)
    shutil.rmtree(coming, ignore_errors=True)


def published(out: Path) -> dict[str, str]:
    """The last manifest: file name -> sha256; empty where nothing was published from here."""
    try:
        return msgspec.json.decode((out / STATE / _MANIFEST).read_bytes(), type=dict[str, str])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


def _write_manifest(coming: Path, manifest: dict[str, str]) -> None:
    part = coming / (_MANIFEST + ".part")
    with part.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        file.flush()
        os.fsync(file.fileno())
    part.rename(coming / _MANIFEST)
    _sync_folder(coming)


def _move_into_place(out: Path, coming: Path) -> None:
    """Renames every file of a committed set over the published one; doing it twice does the rest only."""
    manifest = msgspec.json.decode((coming / _MANIFEST).read_bytes(), type=dict[str, str])
    before = published(out)
    for name, hash in manifest.items():
        source, target = coming / name, out / name
        if not source.exists():  # a killed run has moved it already
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if digest(target) == hash:
            source.unlink()
        else:
            source.replace(target)
    for name in (before.keys() or _parts(out, manifest)) - manifest.keys():  # parts of a larger set that is no more
        (out / name).unlink(missing_ok=True)
    (coming / _MANIFEST).replace(out / STATE / _MANIFEST)
    _sync_folder(out)
    _sync_folder(out / STATE)


def _parts(out: Path, manifest: Container[str]) -> set[str]:
    """Files in a folder that a set has, whole or in parts: what the manifest said that was lost with the state."""
    named = ((path.name, _PART.fullmatch(path.name)) for path in out.glob("*.jsonl"))
    return {name for name, found in named if found and (f"{found[1]}.jsonl" in manifest or f"{found[1]}-0.jsonl" in manifest)}


def _hash_and_sync(path: Path) -> str:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(path: Path) -> str:
    """sha256 of a file, empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
