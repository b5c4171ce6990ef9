"""Writes articles of many countries to train on: pages and texts of the repositories of Fundus (MIT), as rows of a JSONL file.

    git clone --mirror https://github.com/flairNLP/fundus
    git clone --mirror https://github.com/dobbersc/fundus-evaluation
    python tests/training/news_pages.py fundus.git fundus-evaluation.git --without PAGES... --out news.jsonl

Fundus keeps for each of its publishers a page and the text that its hand-written parser reads there, checked by people; every page
that its history ever had is taken, with the text of its own commit or of the newest. fundus-evaluation has eighty pages with texts
written by hand. Pages of sites that stand in PAGES are left out: rows of .jsonl and .jsonl.xz files, or the keys of a .json file, are
pages to measure with.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from labels import GRAM, tokens
from samples import rows, site

FOUND = 0.8  # share of a text's 4-grams that its page must have: below, they are of different days
SHORTEST = 200  # characters of a text

_DATE = re.compile(r"_\d{4}_\d\d_\d\d$")
_TAG = re.compile(r"<[^>]+>")
_OPTIONAL = re.compile(r"^\[(.*)\]$", re.S)
_ADDRESS = re.compile(r"""(?:rel=["']?canonical["']?[^>]*href|property=["']og:url["'][^>]*content)=["']([^"']+)""")


class Repository:
    """A repository, read through git."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def run(self, *arguments: str) -> bytes:
        """What a command of git prints, empty where it fails."""
        return subprocess.run(["git", "--git-dir", str(self._path), *arguments], capture_output=True, check=False).stdout

    def json(self, commit: str, path: str) -> dict[str, Any]:
        """An object of a file, empty where there is none."""
        try:
            found = json.loads(self.run("show", f"{commit}:{path}") or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def fundus(repository: Repository) -> Iterator[dict[str, str]]:
    """Rows of all pages in the history of Fundus, each with the text that fits it best."""
    first: dict[str, str] = {}
    commit = ""
    for line in repository.run("log", "--diff-filter=A", "--name-only", "--format=@%H", "--", "*.html.gz").decode().splitlines():
        if line.startswith("@"):
            commit = line[1:]
        elif line:
            first[line] = commit  # the oldest comes last
    seen: set[str] = set()
    for path, commit in sorted(first.items()):
        page = _unpacked(repository.run("show", f"{commit}:{path}"))
        name = PurePosixPath(path).name.removesuffix(".html.gz")
        folder = PurePosixPath(path).parent
        if not page or page in seen:
            continue
        seen.add(page)
        commits = (commit, "HEAD")
        said = [v for c in commits for v in repository.json(c, f"{folder}/{_DATE.sub('', name)}.json").values()]
        texts = [text for value in said if isinstance(value, dict) and (text := _text(value.get("body")))]
        have = set(_grams(_TAG.sub(" ", html.unescape(page)))) if texts else set()
        share, text = max(((covered(text, have), text) for text in texts), default=(0.0, ""))
        urls = [u for c in commits if (u := repository.json(c, f"{folder}/meta.info").get(f"{name}.html.gz", {}).get("url"))]
        if share >= FOUND:
            yield row(f"fundus:{folder.name}/{name}", urls[0] if urls else "", page, text)


def evaluation(repository: Repository) -> Iterator[dict[str, str]]:
    """Rows of fundus-evaluation; paragraphs in brackets are those that a reader may leave out, and stay."""
    for name, said in repository.json("HEAD", "dataset/ground_truth.json").items():
        page = _unpacked(repository.run("show", f"HEAD:dataset/html/{name}"))
        if page:
            yield row(f"fe:{name}", said.get("url") or "", page, "\n\n".join(_OPTIONAL.sub(r"\1", part) for part in said["body"]))


def row(key: str, url: str, page: str, text: str) -> dict[str, str]:
    """A row as the training command reads it."""
    found = None if url else _ADDRESS.search(page)
    return {"id": key, "url": found[1] if found else url, "page_type": "article", "html": page, "truth": text}


def covered(text: str, have: set[tuple[str, ...]]) -> float:
    """Share of a text's 4-grams that stand among those of a page."""
    grams = _grams(text)
    return sum(gram in have for gram in grams) / len(grams)


def _grams(text: str) -> list[tuple[str, ...]]:
    words = tokens(text)
    return [tuple(words[i : i + GRAM]) for i in range(max(1, len(words) - GRAM + 1))]


def _text(body: Any) -> str:
    """Summary, headings and paragraphs of an article as Fundus stores them; empty for a short one."""
    if not isinstance(body, dict):
        return ""
    parts = list(body.get("summary") or [])
    for section in body.get("sections") or []:
        parts += (section.get("headline") or []) + (section.get("paragraphs") or [])
    text = "\n\n".join(part.strip() for part in parts if part and part.strip())
    return text if len(text) >= SHORTEST else ""


def _unpacked(data: bytes) -> str:
    try:
        return gzip.decompress(data).decode("utf-8", "replace") if data else ""
    except OSError:
        return ""


def sites(paths: list[str]) -> set[str]:
    """Sites of the pages of some files."""
    out: set[str] = set()
    for path in paths:
        urls = json.loads(Path(path).read_text()) if path.endswith(".json") else [r.get("url") or "" for r in rows([path])]
        out |= {site(url, "") for url in urls}
    return out - {""}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fundus", type=Path)
    parser.add_argument("evaluation", type=Path)
    parser.add_argument("--without", nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    apart = sites(args.without)
    written = 0
    with args.out.open("w", encoding="utf-8") as out:
        for found in (*fundus(Repository(args.fundus)), *evaluation(Repository(args.evaluation))):
            if site(found["url"], "") not in apart:
                out.write(json.dumps(found) + "\n")
                written += 1
    print(f"{written} pages")


if __name__ == "__main__":
    main()
