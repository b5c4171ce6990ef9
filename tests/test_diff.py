"""Which records changed, and why."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import pipeline
from pipeline.cli import main
from pipeline.parsers import plain
from pipeline.report import changes

SAME = "\n\n".join(f"Drawer {n} holds a piece of slate, which splits into thin sheets, found by the road to mill {n}." for n in range(6))
OTHER = "Chalk is soft and white. It is made of the shells of small things that lived in a warm sea a long time ago."
STANZAS = "[sources.a]\nmax_loss = 1.0\npriority = {}\n[sources.b]\nmax_loss = 1.0\npriority = 5\n[sources.c]\n{}\n"


class Place:
    def __init__(self, folder: Path) -> None:
        self.raw, self.out = folder / "raw", folder / "processed"
        self.write("sources.toml", STANZAS.format(1, ""))
        self.write("a/slate.txt", SAME)
        self.write("b/copy.txt", SAME + "\n\nThe copy has one more paragraph, on the price of roofs in the town.")
        self.write("c/chalk.txt", OTHER)
        self.run()

    def write(self, name: str, text: str) -> None:
        (self.raw / name).parent.mkdir(parents=True, exist_ok=True)
        (self.raw / name).write_text(text)

    def run(self) -> None:
        pipeline.ingest(self.raw, self.out)

    def diff(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["diff", "--raw", str(self.raw), "--out", str(self.out), *arguments])

    def changes(self, *arguments: str) -> dict[str, tuple[str, list[str]]]:
        found = json.loads(self.diff("--json", *arguments).stdout)["changes"]
        return {c["id"]: (c["change"], c["causes"]) for c in found}

    def both(self) -> dict[str, tuple[str, list[str]]]:
        """What is pending, which is what the run then changes."""
        pending = self.changes()
        before = {p: p.read_bytes() for p in self.out.glob("*.json*")}
        assert before == {p: p.read_bytes() for p in self.out.glob("*.json*")}
        self.run()
        assert self.changes() == self.changes("--last") == pending
        return pending


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_first_set_differs_from_nothing(place: Place) -> None:
    assert place.changes() == {}
    assert "no record differs" in place.diff().stderr


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda p: p.write("c/chalk.txt", OTHER + " It is."), {"c:chalk.txt": ("changed", ["raw"])}),
        (lambda p: p.write("c/new.txt", "Flint breaks with a sharp edge."), {"c:new.txt": ("added", ["raw"])}),
        (lambda p: (p.raw / "c/chalk.txt").unlink(), {"c:chalk.txt": ("removed", ["raw"])}),
        (lambda p: p.write("c/chalk.txt", ""), {"c:chalk.txt": ("removed", ["raw"])}),
        (lambda p: (p.raw / "c/chalk.txt").rename(p.raw / "c/x.txt"), {"c:chalk.txt": ("removed", ["raw"]), "c:x.txt": ("added", ["raw"])}),
        (lambda p: (p.raw / "b/copy.txt").unlink(), {"a:slate.txt": ("changed", ["overlap"])}),
        (lambda p: p.write("b/copy.txt", SAME), {"a:slate.txt": ("changed", ["overlap"])}),
        (
            lambda p: (p.raw / "a/slate.txt").unlink(),
            {"a:slate.txt": ("removed", ["raw"]), "b:copy.txt": ("added", ["overlap"])},
        ),
        (
            lambda p: p.write("sources.toml", STANZAS.format(9, "")),
            {"a:slate.txt": ("removed", ["configuration", "overlap"]), "b:copy.txt": ("added", ["configuration", "overlap"])},
        ),
        (
            lambda p: p.write("sources.toml", STANZAS.format(1, 'license = "MIT"')),
            {"c:chalk.txt": ("changed", ["configuration"])},
        ),
    ],
    ids="raw new deleted emptied renamed copy_gone copy_changed survivor_gone priority stanza".split(),
)
def test_causes(place: Place, change: Callable[[Place], None], expected: dict[str, tuple[str, list[str]]]) -> None:
    change(place)
    assert place.both() == expected


def test_a_new_version_of_a_parser_is_a_cause(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "VERSION", plain.VERSION + "x")
    assert place.both() == {"a:slate.txt": ("changed", ["parser"]), "c:chalk.txt": ("changed", ["parser"])}


def test_two_folders_are_compared_and_a_line_says_what_differs(place: Place, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(place.out, old)
    place.write("c/chalk.txt", OTHER + " It is.")
    place.run()
    found = place.diff(str(old), str(place.out))
    assert found.stdout == "changed  c:chalk.txt  raw  24 -> 26 words  text, content_sha256, raw, blocks\n"
    assert place.diff(str(place.out), str(place.out)).stdout == ""
    shutil.rmtree(old / ".state")  # a set that was copied without it
    assert place.diff(str(old), str(place.out)).stdout == found.stdout


def test_what_stood_there_before_may_be_damaged(place: Place) -> None:
    documents = place.out / "documents.jsonl"
    lines = documents.read_bytes().splitlines(keepends=True)
    documents.write_bytes(b'{"id": "a:aaa"}\n' + lines[0] + b"\xff\n" + lines[1])
    assert place.changes() == {"c:chalk.txt": ("added", ["raw"])}


def test_callers_mistakes_say_what_to_do(place: Place, tmp_path: Path) -> None:
    for arguments in [["one"], [str(place.out), str(tmp_path / "none")]]:
        found = place.diff(*arguments)
        assert found.exit_code == 2
        assert "name" in found.stderr


def test_hostile_names_are_shown_as_text(place: Place) -> None:
    place.write("c/\x1b[2Jx\ny.txt", OTHER.replace("Chalk", "Gypsum"))
    assert "\x1b" not in place.diff().stdout
    assert place.diff().stdout.count("\n") == 1


def test_causes_are_documented() -> None:
    operations = Path(__file__).parent.parent / "docs" / "operations.md"
    text = operations.read_text()
    for cause, meaning in changes.CAUSES.items():
        assert f"| {cause} | {meaning} |" in text
