"""Harm to a published set: the audit names each kind, without a manifest that would say of any; readers take no part of a set for all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline.errors import EnvironmentFailedError, UsageError
from pipeline.exporting import Options, export
from pipeline.store import publish
from pipeline.verify import verify

ROCK = "Basalt is a dark rock that forms when thin lava cools fast at the surface. It covers most of the floor of the sea."
FAR = "Columns of six sides form where a thick flow shrinks as it cools. The tallest stand on an island off the Scottish coast."

Lines = list[dict[str, Any]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set with a merged document, a link, two passages of one record and a document that cannot be read."""
    for name, text in {
        "sources.toml": "[sources.a]\nmax_loss = 1.0\n[sources.b]\npriority = 200\nmax_loss = 1.0\n",
        "a/basalt.md": f"# Basalt\n\n{ROCK}\n\nSee [[columns]] too.",
        "a/columns.md": FAR,
        "b/copy.txt": ROCK,
        "b/none.txt": "",
        "b/.hidden": "",
    }.items():
        (tmp_path / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "raw" / name).write_text(text)
    pipeline.ingest(tmp_path / "raw", tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / publish.STATE)
    assert verify(tmp_path / "raw", tmp_path / "out") == []
    return tmp_path


def basalt(lines: Lines) -> dict[str, Any]:
    return next(line for line in lines if line["id"] == "a:basalt.md")


def sentence(lines: Lines) -> dict[str, Any]:
    return next(line for line in lines if line["rule"] == "overlap.sentence")


HARMS: list[tuple[str, Callable[[Lines], object], str]] = [
    ("documents", lambda x: basalt(x).update(content_sha256="0" * 64), "a:basalt.md: content_sha256 is not that of its text"),
    ("documents", lambda x: basalt(x)["blocks"].reverse(), "a:basalt.md: block 0-6 is out of order or outside the text"),
    ("documents", lambda x: basalt(x)["blocks"][-1].update(end=9999), "-9999 is out of order or outside the text"),
    ("documents", lambda x: basalt(x)["blocks"][0].update(end=0), "a:basalt.md: block 0-0 is out of order"),
    ("documents", lambda x: basalt(x)["blocks"][1].update(start=5), "a:basalt.md: block 5-122 is out of order"),
    ("documents", lambda x: basalt(x)["links"][0].update(text="rows"), "does not say its words"),
    ("documents", lambda x: basalt(x)["raw"].update(sha256="00" * 32), "a/basalt.md: has changed since it was published"),
    ("documents", lambda x: basalt(x)["raw"].update(path="a/other.md"), "a/other.md: published, but not in raw/"),
    ("documents", lambda x: basalt(x)["raw"].update(path="a/other.md"), "a/basalt.md: in raw/, but in no record and not quarantined"),
    ("documents", lambda x: basalt(x)["raw"].update(path="a/columns.md"), "a/columns.md: accounted for 2 times"),
    ("documents", lambda x: basalt(x).update(metadata="{}"), "b/copy.txt: in raw/, but in no record and not quarantined"),
    ("documents", lambda x: x.append({"id": "a:more"}), "documents.jsonl: line 3 is no record"),
    ("dropped", lambda x: sentence(x)["survivor"].update(end=9999), "-9999 does not exist"),
    ("dropped", lambda x: sentence(x)["survivor"].update(start=-1), "its survivor a:basalt.md -1-"),
    ("dropped", lambda x: sentence(x).update(survivor={"id": "a:basalt.md", "start": 8, "end": 8}), "8-8 does not exist"),
    ("dropped", lambda x: sentence(x)["survivor"].update(id="a:none"), "its survivor a:none"),
    ("dropped", lambda x: sentence(x)["survivor"].update(end=20), "says something else"),
    ("dropped", lambda x: sentence(x).update(survivor=None), "a sentence was dropped for another without saying for which"),
    ("links", lambda x: x[0].update(start=0), "a:basalt.md has no link 0-"),
    ("links", lambda x: x[0].update(id="a:none"), "a:none has no link"),
    ("links", lambda x: x[0].update(to="a:none"), "leads to a:none, which is no record"),
    ("quarantine", lambda x: x.clear(), "b/none.txt: in raw/, but in no record and not quarantined"),
    ("quarantine", lambda x: x.append(x[0]), "b/none.txt: accounted for 2 times"),
    ("quarantine", lambda x: x.clear(), "report.json: accounting says quarantined = 1, the files say 0"),
]


@pytest.mark.parametrize(("name", "harm", "said"), HARMS, ids=[f"{name} {said}" for name, _, said in HARMS])
def test_every_harm_is_named(folder: Path, name: str, harm: Callable[[Lines], object], said: str) -> None:
    path = folder / f"out/{name}.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    harm(lines)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [p for p in verify(folder / "raw", folder / "out") if said in p]


@pytest.mark.parametrize("report", ["", "[]", "{}", None])
def test_a_report_without_its_accounting_is_named(folder: Path, report: str | None) -> None:
    path = folder / "out/report.json"
    path.unlink() if report is None else path.write_text(report)
    assert verify(folder / "raw", folder / "out") == ["report.json: is missing or has no accounting"]


def test_of_two_pages_of_one_name_one_may_be_unreadable(folder: Path) -> None:
    """It is in the quarantine, and not the published one that has changed; where that changes too, it is said."""
    dump, page = folder / "raw/b/d.xml", "<page><title>Slag</title><ns>0</ns><revision><text>{}</text></revision></page>"
    dump.write_text(f"<mediawiki>{page.format('')}{page.format(FAR)}</mediawiki>")
    pipeline.ingest(folder / "raw", folder / "out")
    assert verify(folder / "raw", folder / "out") == []
    dump.write_text(f"<mediawiki>{page.format('')}{page.format(ROCK)}</mediawiki>")
    assert verify(folder / "raw", folder / "out") == ["b/d.xml!/Slag: has changed since it was published; run `pipeline ingest`"]


def test_there_must_be_a_raw_folder_to_compare_with(folder: Path) -> None:
    with pytest.raises(UsageError, match="no such folder; name the one"):
        verify(folder / "nowhere", folder / "out")


@pytest.mark.parametrize("form", ["read", "chunks", "markdown", "sqlite", "transcluded"])
@pytest.mark.parametrize("name", ["documents", "links", "dropped"])
def test_a_damaged_set_is_not_read_as_a_smaller_one(folder: Path, name: str, form: str) -> None:
    path = folder / f"out/{name}.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    ways: dict[str, Callable[[], object]] = {
        "read": lambda: list(pipeline.read(folder / "out")),
        "transcluded": lambda: export("chunks", folder / "out", folder / "made", Options(transclude=True)),
    }
    asked = {"documents", *{"sqlite": ("links", "dropped"), "markdown": ("links",), "transcluded": ("links",)}.get(form, ())}
    way = ways.get(form, lambda: export(form, folder / "out", folder / "made"))
    if name not in asked:
        way()
        return
    with pytest.raises(EnvironmentFailedError, match=f"{name}.jsonl: line [0-9]+ cannot be read"):
        way()
    assert not (folder / "made").exists()
    pipeline.ingest(folder / "raw", folder / "out")
    way()
