"""CPU from notes to clean documents, beside the tools that people use, in one process and one run.

    python tests/bench/obsidian.py VAULT [--every N] [--limit N] [--rounds N]

VAULT is a folder or a tar archive of Markdown notes. Every note goes through every system, in rotating order; what counts is the ratio of
CPU times. Ours gives text, structure, links, fields, front matter, byte ranges and a ledger; markdown-it-py parses the body and nothing
else, the loaders give front matter and a text with all syntax left in. At the end, the time to resolve the vault's links.
"""

from __future__ import annotations

import re
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from pipeline.convert import clean
from pipeline.overlap.links import Named, resolve

from race import arguments, installed, race, show  # isort: skip  # beside this file

FRONT = re.compile(r"\A---[ \t]*\n.*?^---[ \t]*$\n?", re.S | re.M)


class Note(NamedTuple):
    """A note, as bytes and as text, for systems that take one or the other."""

    path: str
    data: bytes
    text: str


System = Callable[[Note], object]


def notes(vault: Path, every: int, limit: int) -> list[Note]:
    """Every n-th note of a vault, in the order of paths."""
    found = sorted(members(vault))[::every]
    return [Note(path, data, data.decode("utf-8", "replace")) for path, data in found[: None if limit < 0 else limit]]


def members(vault: Path) -> Iterator[tuple[str, bytes]]:
    if vault.is_dir():
        for path in vault.rglob("*.md"):
            if path.is_file():
                yield str(path.relative_to(vault)), path.read_bytes()
        return
    with tarfile.open(vault) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() and member.name.endswith(".md") else None
            if file is not None:
                yield member.name, file.read()


def ours() -> System:
    return lambda note: clean(note.data, format="obsidian", path=note.path)


def markdown_it_py() -> System:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return lambda note: parser.parse(FRONT.sub("", note.text))


def python_frontmatter() -> System:
    import frontmatter

    def load(note: Note) -> object:
        try:
            return frontmatter.loads(note.text)
        except Exception:  # it raises whatever its loader raises
            return None

    return load


def mistune() -> System:
    from mistune import create_markdown

    parser = create_markdown(renderer="ast", plugins=["table", "strikethrough", "footnotes"])
    return lambda note: parser(FRONT.sub("", note.text))


def obsidiantools() -> System:
    from obsidiantools.md_utils import get_readable_text_from_md_file

    folder = tempfile.TemporaryDirectory()  # it reads files only; the folder goes with the function that holds it

    def load(note: Note) -> object:
        path = Path(folder.name) / "note.md"
        path.write_bytes(note.data)
        return get_readable_text_from_md_file(path)

    return load


def link_time(found: list[Note]) -> str:
    """Microseconds a link, and how links were found."""
    named = []
    for note in found:
        d = clean(note.data, format="obsidian", path=note.path)
        links = tuple((link.kind, link.target) for link in d.links)
        named.append(Named(f"v:{note.path}", "v", "v/" + quote(note.path), d.title, d.permalink, d.url, tuple(d.aliases), links))
    start = time.process_time()
    answers = resolve(named)
    spent = time.process_time() - start
    how = Counter(answer.how or "nothing" for answer in answers)
    return f"{len(answers)} links in {len(found)} notes, {1e6 * spent / max(1, len(answers)):.1f} us each: {dict(how.most_common())}"


def main() -> None:
    args = arguments(__doc__, "vault").parse_args()
    found = notes(args.vault, args.every, args.limit)
    runners = installed(ours, markdown_it_py, python_frontmatter, mistune, obsidiantools)
    for runner in runners.values():
        runner(Note("warm.md", b"# up\n\nwarm", "# up\n\nwarm"))
    size = sum(len(note.data) for note in found)
    print(f"{len(found)} notes, {size / 1e6:.2f} MB")
    show(race(runners, found, args.rounds), size, "MB")
    print(link_time(found))


if __name__ == "__main__":
    main()
