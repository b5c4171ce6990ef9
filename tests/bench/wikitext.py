"""CPU from wikitext to clean documents, beside the tools that people use, in one process and one run.

    python tests/bench/wikitext.py DUMP.xml[.bz2|.gz] [--every N] [--limit N] [--rounds N]

The articles of a MediaWiki dump go through every system, document by document, in rotating order; what counts is the ratio of CPU
times, printed last. Ours gives structure, links, citations, fields and a ledger; the peers give plain text. Peers not installed are
named and passed over (mwparserfromhell always is there; gensim and wikitextparser belong into an environment of their own).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.convert import clean
from pipeline.readers.mediawiki_xml import pages, split

from race import arguments, installed, race, show  # isort: skip  # beside this file

System = Callable[[str], object]


def articles(path: Path, every: int, limit: int) -> list[str]:
    """Wikitext of every n-th article of a dump; redirects and other namespaces are left out."""
    found: list[str] = []
    with path.open("rb") as file:
        for number, page in enumerate(p for c in split(file) for p in pages(file, c.start, c.end) if p.namespace == 0 and not p.redirect):
            if number % every == 0 and page.text:
                found.append(page.text)
            if len(found) == limit:
                break
    return found


def ours() -> System:
    return lambda text: clean(text, format="wikitext")


def strip_code() -> System:
    from mwparserfromhell import parse

    return lambda text: str(parse(text).strip_code())


def gensim() -> System:
    from gensim.corpora.wikicorpus import filter_wiki

    return filter_wiki


def wikitextparser() -> System:
    from wikitextparser import parse

    return lambda text: parse(text).plain_text()


def main() -> None:
    args = arguments(__doc__, "dump").parse_args()
    runners = installed(ours, strip_code, gensim, wikitextparser)
    texts = articles(args.dump, args.every, args.limit)
    size = sum(map(len, texts))
    for runner in runners.values():
        runner("'''warm''' [[up]]")
    spent = race(runners, texts, args.rounds)
    print(f"{len(texts)} articles, {size / 1e6:.2f} M characters")
    show(spent, size, "M characters")


if __name__ == "__main__":
    main()
