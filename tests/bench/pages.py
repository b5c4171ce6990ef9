"""Main content and CPU of whole pages beside trafilatura, in one process and one run.

    python tests/bench/pages.py PAGES.jsonl[.xz]... [--folds DIR] [--every N] [--limit N] [--rounds N]

A row is {id, url, page_type, html, truth}; truth may be an object that holds main_content or articleBody. Every page goes through both
systems, in rotating order; ours gives full records. Printed: F1 of the bags of words of text and truth, all pages and by type, a 95 %
interval of the difference (bootstrap over pages), and the ratio of CPU times. The shipped classifier may have seen the pages; with
`--folds`, the folder that the training command wrote, each page is read by the model that has not seen its site.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1] / "training"))

from pipeline.convert import clean
from pipeline.parsers.html import main_content

from race import installed, race, show  # isort: skip  # beside this file
from labels import tokens, word_f1  # isort: skip  # in tests/training, as is the next
from samples import rows, site  # isort: skip

Row = dict[str, Any]
DRAWS = 1000  # samples of the bootstrap


def ours() -> Callable[[Row], str]:
    return lambda row: clean(row["html"], format="html", mode="main").text


def trafilatura() -> Callable[[Row], str]:
    from trafilatura import extract

    return lambda row: extract(row["html"], include_comments=False, include_tables=True) or ""


def by_fold(folder: Path, run: Callable[[Row], str]) -> Callable[[Row], str]:
    """Ours with the model of the fold that a page's site is not in."""
    models = []
    for path in sorted(folder.glob("fold*.npz")):
        with path.open("rb") as file:
            models.append(main_content.load(file))
    folds = json.loads((folder / "sites.json").read_text())

    def read(row: Row) -> str:
        model = models[folds.get(site(row.get("url") or "", row["id"]), 0)]
        main_content.shipped = lambda: model
        return run(row)

    return read


def truth(row: Row) -> str:
    found = row["truth"] or ""
    return found if isinstance(found, str) else found.get("main_content") or found.get("articleBody") or ""


def report(pages: list[Row], scores: dict[str, list[float]]) -> Iterator[str]:
    """Lines for people: means by type, and the interval of the difference."""
    kinds = [row.get("page_type") or "page" for row in pages]
    for name, values in scores.items():
        parts = [f"{kind} {mean([v for v, k in zip(values, kinds, strict=True) if k == kind]):.3f}" for kind in sorted(set(kinds))]
        yield f"{name:20} word F1 {mean(values):.4f}   {'  '.join(parts)}"
    if len(scores) == 2:
        first, second = scores.values()
        difference = [a - b for a, b in zip(first, second, strict=True)]
        draw = random.Random(0)
        means = sorted(mean(draw.choices(difference, k=len(difference))) for _ in range(DRAWS))
        yield f"difference {mean(difference):+.4f} [{means[int(0.025 * DRAWS)]:+.4f}, {means[int(0.975 * DRAWS)]:+.4f}]"


def mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="+")
    parser.add_argument("--folds", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--limit", type=int, default=-1)
    parser.add_argument("--rounds", type=int, default=1)
    args = parser.parse_args()
    pages = list(rows(args.pages))[:: args.every]
    pages = pages[: None if args.limit < 0 else args.limit]
    runners = installed(ours, trafilatura)
    for runner in runners.values():
        runner({"id": "", "html": "<html><body><p>some words to warm up with</p></body></html>"})
    spent = race(runners, pages, args.rounds)
    if args.folds:
        runners["ours"] = by_fold(args.folds, runners["ours"])
    wanted = [(row, Counter(tokens(truth(row)))) for row in pages]
    scores = {name: [word_f1(Counter(tokens(run(row))), words) for row, words in wanted] for name, run in runners.items()}
    size = sum(len(row["html"]) for row in pages)
    print(f"{len(pages)} pages, {size / 1e6:.1f} M characters{', models that have not seen the site' if args.folds else ''}")
    print("\n".join(report(pages, scores)))
    show(spent, size, "M characters")


if __name__ == "__main__":
    main()
