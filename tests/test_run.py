"""Whole runs over folders of our own: what is published, what is refused, and that the same input gives the same bytes."""

from __future__ import annotations

import bz2
import errno
import fcntl
import gzip
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import pipeline
from pipeline.errors import ConfigError, EnvironmentFailedError, GuardError, LockHeldError, UsageError
from pipeline.report.summary import Accounting
from pipeline.stages import Corpus
from pipeline.store import publish
from pipeline.store.state import State
from pipeline.verify import verify

ONE = "Basalt is a dark rock that forms when thin lava cools fast at the surface. It covers most of the floor of the sea."
TWO = "Marble is limestone that heat and pressure have changed deep below a mountain range. Sculptors like its even grain."
OWN = "Columns of six sides form where a thick flow shrinks as it cools. The tallest stand on an island off the Scottish coast."
STANZAS = '[sources.a]\nformat = "text"\npriority = 1\nmax_loss = 1.0\n[sources.b]\nformat = "text"\npriority = 2\nmax_loss = 1.0\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """raw/ with two sources that overlap in one document."""
    write(tmp_path, {"a/basalt.txt": ONE, "a/marble.txt": TWO, "b/basalt copy.txt": f"{ONE}\n\n{OWN}", "sources.toml": STANZAS})
    return tmp_path


def write(folder: Path, tree: dict[str, str | bytes]) -> None:
    for name, content in tree.items():
        path = folder / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def run(folder: Path, **options: Any) -> Any:
    return pipeline.ingest(folder / "raw", folder / "processed", **options)


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "processed" / f"{name}.jsonl").read_text().split("\n") if line]


def published(folder: Path, name: str = "processed") -> dict[str, bytes]:
    out = folder / name
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file() and publish.STATE not in p.parts}


def test_a_copy_becomes_part_of_the_canonical_record(folder: Path) -> None:
    report = run(folder)
    assert report.accounting == type(report.accounting)(found=3, records=2, merged=1, quarantined=0, skipped=0)
    basalt = next(r for r in lines(folder, "documents") if r["id"] == "a:basalt.txt")
    assert basalt["text"] == f"{ONE}\n\n{OWN}"
    assert basalt["duplicates"][0]["id"] == "b:basalt copy.txt" and basalt["duplicates"][0]["relation"] == "merged"
    gone = [d for d in lines(folder, "dropped") if d["id"] == "b:basalt copy.txt"]
    assert [d["text"] for d in gone] == [ONE]
    assert verify(folder / "raw", folder / "processed") == []


def test_a_program_in_a_vault_is_no_note(tmp_path: Path) -> None:
    stanza = '[sources.v]\nformat = "obsidian"\n'
    write(tmp_path, {"v/note.md": f"# Basalt\n\n{ONE}", "v/plot.py": "# x\nprint(__name__)\n", "sources.toml": stanza})
    run(tmp_path)
    assert {r["id"]: (r["raw"]["parser"], r["text"]) for r in lines(tmp_path, "documents")}["v:plot.py"] == ("text", "# x\nprint(__name__)")
    assert verify(tmp_path / "raw", tmp_path / "processed") == []


def test_every_record_and_the_card_are_valid(folder: Path) -> None:
    run(folder)
    schema = json.loads((folder / "processed/schema/record-1.json").read_text())
    Draft202012Validator.check_schema(schema)
    for record in lines(folder, "documents"):
        Draft202012Validator(schema).validate(record)
        assert list(record) == schema["required"], "every key, in the contract's order"
    assert [r.id for r in pipeline.read(folder / "processed")] == ["a:basalt.txt", "a:marble.txt"]
    assert "CC" not in (folder / "processed/README.md").read_text()


def test_a_second_run_another_folder_and_more_workers_give_the_same_bytes(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    run(folder)
    first = published(folder)
    run(folder)
    assert published(folder) == first
    other = tmp_path_factory.mktemp("elsewhere")
    write(
        other, {"sources.toml": "\n".join(["[sources.b]", *STANZAS.split("[sources.b]")[1].split("\n"), STANZAS.split("[sources.b]")[0]])}
    )
    for path in sorted((folder / "raw").rglob("*.txt"), reverse=True):
        write(other, {str(path.relative_to(folder / "raw")): path.read_bytes()})
    run(other, workers=2)
    assert published(other) == first


SURROUNDINGS = [
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "0"},
    {"PYTHONHASHSEED": "3", "TZ": "UTC", "LC_ALL": "tr_TR.UTF-8", "PYTHONIOENCODING": "latin-1", "COLUMNS": "20"},
]


@pytest.mark.parametrize(("workers", "surroundings"), list(zip((1, 2, 5), SURROUNDINGS, strict=True)))
def test_hash_seed_time_zone_and_locale_change_nothing(folder: Path, workers: int, surroundings: dict[str, str]) -> None:
    for file in (Path(__file__).parent.parent / "raw").rglob("*"):  # every format, and names in other scripts
        if file.is_file() and file.name != "sources.toml":
            write(folder, {f"c/{file.name}": file.read_bytes()})
    write(
        folder,
        {"c/İstanbul ı.md": "# İ\n\nA note on the dotless ı, with [[Straße|a street]] and #Ähnlich.", "c/Ⅷ.txt": "Eight in one sign."},
    )
    run(folder)
    command = [sys.executable, "-m", "pipeline", "ingest", "--workers", str(workers), "--out", "other"]
    subprocess.run(command, cwd=folder, env=os.environ | surroundings, check=True, capture_output=True)
    assert published(folder, "other") == published(folder)


def test_what_cannot_be_read_is_named_with_a_next_step_and_the_rest_goes_on(folder: Path) -> None:
    write(folder, {"a/empty.txt": "", "a/blank.txt": " \n ", "a/photo.pdf": b"%PDF-1.7 \x00", "a/noise.txt": bytes(range(256)) * 9})
    write(folder, {"c/unclear.bin": "..", "a/.hidden": "x", "a/logo.png": b"\x89PNG"})
    (folder / "raw/a/link.txt").symlink_to("basalt.txt")
    os.mkfifo(folder / "raw/a/pipe")
    report = run(folder)
    lost = {q["path"]: q for q in lines(folder, "quarantine")}
    assert sorted(lost) == ["a/blank.txt", "a/empty.txt", "a/link.txt", "a/noise.txt", "a/photo.pdf", "a/pipe", "c/unclear.bin"]
    assert all(q["error"] and q["hint"] and q["stage"] in ("read", "decode", "detect") for q in lost.values())
    assert (report.accounting.records, report.accounting.quarantined, report.accounting.skipped) == (2, 7, 2)
    assert verify(folder / "raw", folder / "processed") == []


@pytest.mark.parametrize("stanza", ["", '[sources.v]\nformat = "obsidian"\n'])
@pytest.mark.parametrize("packed", [False, True])
def test_an_empty_note_is_a_note_and_an_empty_page_is_not(folder: Path, stanza: str, packed: bool) -> None:
    """A click on a link to nowhere makes such notes in a vault, and others link to them; an empty page is a failed download."""
    files = {"Ada.md": "", "Byron.md": " \n", "Lovelace.md": "---\naliases: [Countess]\n---\n", "page.html": "", "words.txt": "\n"}
    files["Start.md"] = "Ask [[Ada]], [[Byron]], the [[Countess]] or [[Nobody]] about the engine."
    write(folder, {f"v/{name}": text for name, text in files.items()} | {"sources.toml": STANZAS + stanza})
    if packed:
        with zipfile.ZipFile(folder / "raw/v/v.zip", "w") as archive:
            for name, text in files.items():
                (folder / "raw/v" / name).unlink()
                archive.writestr(name, text)
    inside = "v.zip!/" if packed else ""
    run(folder)
    found = {r.id: r for r in pipeline.read(folder / "processed") if r.source == "v"}
    assert {id: (r.title, r.text) for id, r in found.items() if not r.text} == {
        f"v:{inside}{name}.md": (name, "") for name in ("Ada", "Byron", "Lovelace")
    }
    leads = {link["target"]: link["to"].removeprefix(f"v:{inside}") for link in lines(folder, "links") if link["id"].endswith("Start.md")}
    assert leads == {"Ada": "Ada.md", "Byron": "Byron.md", "Countess": "Lovelace.md", "Nobody": ""}
    assert [q["path"] for q in lines(folder, "quarantine")] == [f"v/{inside}page.html", f"v/{inside}words.txt"]
    assert verify(folder / "raw", folder / "processed") == []


@pytest.mark.parametrize("limit", ["0", "10%"])
def test_too_much_quarantine_fails_the_run_when_asked(folder: Path, limit: str) -> None:
    write(folder, {"a/empty.txt": ""})
    with pytest.raises(GuardError, match="1 of 4 documents"):
        run(folder, max_quarantine=limit)
    assert published(folder) == {}
    run(folder, max_quarantine="50%")


def test_a_source_that_overlap_would_wipe_out_fails_the_run_and_keeps_the_old_set(folder: Path) -> None:
    run(folder)
    before = published(folder)
    write(
        folder,
        {
            "sources.toml": STANZAS.replace("max_loss = 1.0", "max_loss = 0.1"),
            "a/new.txt": "Something new stands here, and it must not be published.",
        },
    )
    with pytest.raises(GuardError, match="max_loss"):
        run(folder)
    assert published(folder) == before


def test_documents_of_one_name_are_told_apart_by_their_paths(folder: Path) -> None:
    write(
        folder,
        {
            "sources.toml": '[sources.a]\nformat = "text"\nid_from = "title"\nmax_loss = 1.0\n',
            "a/x/same.txt": OWN,
            "a/y/same.txt": TWO + " So it is said.",
        },
    )
    run(folder)
    assert {"a:same#a/x/same.txt", "a:same#a/y/same.txt"} <= {r["id"] for r in lines(folder, "documents")} | {
        d["id"] for d in lines(folder, "dropped")
    }


def test_ids_that_go_away_leave_a_tombstone(folder: Path) -> None:
    run(folder)
    (folder / "raw/a/marble.txt").unlink()
    write(folder, {"sources.toml": STANZAS.replace("priority = 1\n", "priority = 3\n")})
    run(folder)
    assert lines(folder, "tombstones") == [
        {"id": "a:basalt.txt", "reason": "merged", "successor": "b:basalt copy.txt"},
        {"id": "a:marble.txt", "reason": "raw_deleted", "successor": ""},
    ]
    write(folder, {"a/marble.txt": TWO, "sources.toml": STANZAS})
    run(folder)
    assert [t["id"] for t in lines(folder, "tombstones")] == ["b:basalt copy.txt"]


def test_verify_sees_what_was_changed_by_hand(folder: Path) -> None:
    run(folder)
    path = folder / "processed/documents.jsonl"
    path.write_bytes(path.read_bytes().replace(b"dark rock", b"pale rock"))
    write(folder, {"a/later.txt": OWN})
    said = "\n".join(verify(folder / "raw", folder / "processed"))
    for part in ("documents.jsonl: differs", "content_sha256", "a/later.txt: in raw/", "says something else", "accounting says found = 3"):
        assert part in said


@pytest.mark.parametrize("name", ["documents", "dropped", "links", "quarantine"])
def test_verify_names_a_line_that_cannot_be_read(folder: Path, name: str) -> None:
    run(folder)
    path = folder / f"processed/{name}.jsonl"
    path.write_bytes(b'{"id": \n' + path.read_bytes())
    assert any(p.startswith(f"{name}.jsonl: line 1 ") for p in verify(folder / "raw", folder / "processed"))


def test_verify_holds_names_and_not_records(tmp_path: Path) -> None:
    """The set may be larger than memory."""
    write(tmp_path, {f"a/{n}.txt": f"Stone {n}.\n\n" + f"word{n} " * 12_000 for n in range(60)})
    run(tmp_path)
    size = (tmp_path / "processed/documents.jsonl").stat().st_size
    tracemalloc.start()
    assert verify(tmp_path / "raw", tmp_path / "processed") == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 4_000_000 and peak < size / 4


def test_a_stanza_says_how_much_of_a_page_stays(tmp_path: Path) -> None:
    page = "<html><body><nav><a href='/'>Home</a></nav><article>{}</article>{}</body></html>"
    words = "".join(f"<p>{text}</p>" for text in (OWN, ONE, TWO))
    more = "<div class='related'><h3>More stones</h3><ul>" + "<li><a href='/x'>Another stone</a></li>" * 5 + "</ul></div>"
    for mode in ("all", "clean", "main"):
        write(tmp_path, {"p/one.html": page.format(words, more), "sources.toml": f"[sources.p]\nmode = '{mode}'\n"})
        run(tmp_path)
        [found] = pipeline.read(tmp_path / "processed")
        assert OWN in found.text
        assert ("Home" in found.text) == (mode == "all")
        assert ("More stones" in found.text) == (mode != "main")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sources.a]\nlicence = 'x'\n", r"sources.toml:2: unknown key `licence` .* did you mean `license`"),
        ("[sources.a]\n\npriority = 'high'\n", r"sources.toml:3: \[sources.a\] priority: Expected `int`, got `str`"),
        ("[sources.a]\nformat = 'htlm'\n", r"sources.toml:2: .*no format 'htlm'; did you mean 'html'"),
        ("[sources.a]\ndrop_lines = ['(']\n", r"sources.toml:2: .*not a regular expression"),
        ("[sources.a]\ndrop_lines = ['a{99999999999}']\n", r"sources.toml:2: .*not a regular expression: the repetition number"),
        ("[sources.a]\nselect = ['main', '[[']\n", r"sources.toml:2: .*select: '\[\[' is not a CSS selector: Malformed attribute"),
        ("[sources.a]\ntitle_pattern = 'x'\n", r"needs a group named title"),
        ("[source.a]\n", r"sources.toml:1: unknown table \[source\]"),
        ("[sources.a\n", r"not valid TOML"),
        ("[sources.a]\nparser = 'no.such.package:thing'\n", r"cannot be loaded"),
        ("[sources.a]\nmax_loss = 2\n", r"a share from 0 to 1"),
        ("[sources.a]\nmode = 'whole'\n", r"sources.toml:2: \[sources.a\] mode: must be one of auto, clean, main, all, not 'whole'"),
        ("[sources.a]\nzzz = 1\n", r"unknown key `zzz` in \[sources.a\]; known: path, format, mode, license"),
    ],
)
def test_a_wrong_stanza_is_named_with_file_line_and_remedy(folder: Path, text: str, said: str) -> None:
    write(folder, {"sources.toml": text})
    with pytest.raises(ConfigError, match=said):
        run(folder)


def test_a_configuration_that_is_a_link_to_nothing_is_no_empty_one(folder: Path) -> None:
    (folder / "raw/sources.toml").unlink()
    (folder / "raw/sources.toml").symlink_to("elsewhere.toml")
    with pytest.raises(ConfigError, match="links to a file that is not there"):
        run(folder)


@pytest.mark.parametrize("place", ["raw", "raw/a/processed", "link"])
def test_what_is_published_below_raw_would_be_read(folder: Path, place: str) -> None:
    (folder / "link").symlink_to("raw/a")
    with pytest.raises(UsageError, match="would be read as raw documents"):
        pipeline.ingest(folder / "raw", folder / place)
    assert not list(folder.rglob(".state"))


def test_globs_name_sources_and_the_most_specific_wins(folder: Path) -> None:
    write(folder, {"sources.toml": "[sources.all]\npath = '**'\nformat='text'\n[sources.deep]\npath = ['a/mar*']\nformat='text'\n"})
    run(folder)
    assert {r["source"] for r in lines(folder, "documents")} == {"all", "deep"}


def test_folders_without_a_stanza_are_sources_too(tmp_path: Path) -> None:
    write(tmp_path, {"notes/one.txt": ONE, "loose.txt": TWO})
    run(tmp_path)
    assert sorted(r["id"] for r in lines(tmp_path, "documents")) == ["files:loose.txt", "notes:one.txt"]


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    """Its name is that of its source, in a form that every reader of the set takes."""
    name = os.fsdecode(b"caf\xe9 50%\n")
    write(tmp_path, {f"{name}/one.txt": ONE, f"{name}/picture.png": "x", f"{name}/empty.txt": ""})
    assert run(tmp_path).accounting == Accounting(found=3, records=1, merged=0, quarantined=1, skipped=1)
    assert [r["id"] for r in lines(tmp_path, "documents")] == ["caf%E9 50%25%0A:one.txt"]
    assert [q["source"] for q in lines(tmp_path, "quarantine")] == ["caf%E9 50%25%0A"]
    assert verify(tmp_path / "raw", tmp_path / "processed") == []


def test_a_title_pattern_of_which_another_part_fits_leaves_the_title(tmp_path: Path) -> None:
    stanza = "[sources.a]\nformat = 'text'\ntitle_pattern = 'Title: (?P<title>.+)|Basalt'\n"
    write(tmp_path, {"a/one.txt": ONE, "sources.toml": stanza})
    run(tmp_path)
    assert [r["title"] for r in lines(tmp_path, "documents")] == ["one"]


def test_a_number_of_workers_that_is_none_is_refused(folder: Path) -> None:
    """With it no document was looked at, and an empty set was published."""
    with pytest.raises(UsageError, match="workers = -1: give a number"):
        run(folder, workers=-1)
    assert not (folder / "processed").exists()


def test_a_run_that_fails_leaves_no_work_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), os.fsencode(folder / "disk"))

    monkeypatch.setattr("pipeline.report.page.write", refuse)
    with pytest.raises(EnvironmentFailedError, match=f"^{folder / 'disk'}: No space left"):
        run(folder)
    assert not (folder / "processed/.state/work").exists()


def test_there_must_be_a_raw_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        run(tmp_path)


def test_only_one_run_at_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "LOCK_SECONDS", 0.1)
    with publish.locked(folder / "processed"), pytest.raises(LockHeldError):
        run(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_folder_that_cannot_be_written_is_the_environments_fault(folder: Path) -> None:
    (folder / "processed").mkdir(mode=0o500)
    with pytest.raises(EnvironmentFailedError):
        run(folder)


def test_a_lock_that_is_on_its_way_out_is_waited_for(folder: Path) -> None:
    (folder / "processed/.state").mkdir(parents=True)
    code = "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(0.4)"
    with subprocess.Popen([sys.executable, "-c", code, str(folder / "processed/.state/lock")], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        assert run(folder).accounting.records == 2


def test_an_output_folder_below_a_file_is_the_environments_fault(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(EnvironmentFailedError, match="choose another folder"):
        pipeline.ingest(folder / "raw", folder / "file" / "processed")


def test_a_lock_that_cannot_be_had_at_all_is_the_environments_fault(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(EnvironmentFailedError, match="No locks available"):
        run(folder)


def test_counts_that_do_not_balance_publish_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Corpus, "found", property(lambda _: 7, lambda *_: None), raising=False)
    with pytest.raises(GuardError, match="do not balance"):
        run(folder)
    assert published(folder) == {}


@pytest.mark.parametrize("limit", ["x", "-1", "1.5", "%"])
def test_a_limit_that_is_none_is_refused(folder: Path, limit: str) -> None:
    with pytest.raises(UsageError, match="give a number of documents"):
        run(folder, max_quarantine=limit)


# -- containers ------------------------------------------------------------------------------------------------------------


def dump(*pages: tuple[str, int, str]) -> bytes:
    """A MediaWiki dump of (title, namespace, text)."""
    body = "".join(
        f"<page><title>{title}</title><ns>{space}</ns><id>{number}</id><revision><id>{number}9</id><timestamp>2024-01-02T03:04:05Z</timestamp>"
        f"<contributor><username>Somebody</username></contributor><model>wikitext</model><text>{text}</text></revision></page>\n"
        for number, (title, space, text) in enumerate(pages, 1)
    )
    site = "<siteinfo><sitename>Stones</sitename><base>https://stones.example/wiki/Main</base></siteinfo>"
    return f'<mediawiki xml:lang="en">\n{site}\n{body}</mediawiki>\n'.encode()


PAGES = [("Basalt", 0, f"'''Basalt''' is a rock. {ONE}"), ("Talk:Basalt", 1, "Chat."), ("Marble", 0, TWO), ("Empty", 0, " ")]


@pytest.mark.parametrize("pack", [bytes, bz2.compress, gzip.compress], ids=["xml", "bz2", "gz"])
def test_pages_of_a_dump_are_documents(tmp_path: Path, pack: Any) -> None:
    ending = {"compress": ".bz2" if pack is bz2.compress else ".gz"}.get(getattr(pack, "__name__", ""), "")
    write(tmp_path, {f"wiki/dump.xml{ending}": pack(dump(*PAGES)), "wiki/notes.txt": OWN})
    report = run(tmp_path)
    a = report.accounting
    assert (a.found, a.records, a.quarantined, a.skipped) == (5, 3, 1, 1)
    assert report.skipped == {"namespace": 1}
    assert report.sources["wiki"].skipped == 1
    basalt = next(r for r in lines(tmp_path, "documents") if r["title"] == "Basalt")
    assert basalt["id"] == "wiki:Basalt" and basalt["language"] == "en"
    assert basalt["raw"]["path"] == f"wiki/dump.xml{ending}!/Basalt"
    assert "Somebody" in basalt["metadata"] + basalt["attribution"]
    assert verify(tmp_path / "raw", tmp_path / "processed") == []


def test_a_damaged_dump_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    whole = bz2.compress(dump(*PAGES))
    write(tmp_path, {"wiki/cut.xml": dump(*PAGES)[:-200], "wiki/bomb.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><mediawiki></mediawiki>'})
    write(tmp_path, {"wiki/cut.xml.bz2": whole[: len(whole) // 2]})
    run(tmp_path)
    assert "Basalt" in {r["title"] for r in lines(tmp_path, "documents")}
    said = {q["path"].split("!/")[0]: q for q in lines(tmp_path, "quarantine")}
    assert {"wiki/cut.xml", "wiki/cut.xml.bz2"} <= set(said)
    assert all(q["error"] and q["hint"] for q in said.values())
    assert verify(tmp_path / "raw", tmp_path / "processed") == []


# -- publishing --------------------------------------------------------------------------------------------------------


def test_a_failure_before_the_commit_leaves_the_old_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder)
    before = published(folder)
    write(folder, {"a/new.txt": OWN + " This is new."})

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys.modules["pipeline.ingest"], "write_files", fails)
    with pytest.raises(EnvironmentFailedError, match="No space left"):
        run(folder)
    assert published(folder) == before


@pytest.mark.parametrize("moves", range(8))
def test_a_run_killed_after_the_commit_is_finished_by_the_next(folder: Path, monkeypatch: pytest.MonkeyPatch, moves: int) -> None:
    run(folder)
    write(folder, {"a/new.txt": OWN + " This is new."})
    real, left = Path.replace, [moves]

    def replace(self: Path, target: Path) -> Path:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        return real(self, target)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "replace", replace)
        run(folder)
        raise KeyboardInterrupt  # fewer moves than asked for: the run was whole
    with publish.locked(folder / "processed"):
        pass
    after = published(folder)
    run(folder)
    assert published(folder) == after
    assert "a:new.txt" in after["documents.jsonl"].decode()


def test_a_failure_after_the_commit_says_that_the_next_run_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder)
    write(folder, {"a/later.txt": "Flint breaks with an edge that cuts like glass, and was traded over long ways."})
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "report.json":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    for _ in range(2):
        with pytest.raises(EnvironmentFailedError, match=r"report.json: .*; run again to put the new set"):
            run(folder)
    monkeypatch.undo()
    run(folder)
    assert verify(folder / "raw", folder / "processed") == []
    assert "a:later.txt" in {r["id"] for r in lines(folder, "documents")}


def test_a_state_file_that_fails_is_the_environments_fault(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder)
    before = published(folder)
    write(folder, {"a/later.txt": OWN})

    def failing(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(State, "put", failing)
    with pytest.raises(EnvironmentFailedError, match=r"the state file failed: disk I/O error; .* run again"):
        run(folder)
    assert published(folder) == before


def test_files_that_do_not_change_are_not_rewritten(folder: Path) -> None:
    run(folder)
    before = (folder / "processed/documents.jsonl").stat().st_ino
    run(folder)
    assert (folder / "processed/documents.jsonl").stat().st_ino == before


# -- what must hold for any folder -------------------------------------------------------------------------------------

TREES = st.dictionaries(
    st.sampled_from(["a/1.txt", "a/2.txt", "b/1.txt", "b/x/2.md", "c/3.html", "c/4.wikitext", "loose.txt"]),
    st.one_of(
        st.lists(st.sampled_from([ONE, TWO, OWN, "Yes.", "# Heading", "- item"]), min_size=1, max_size=4).map("\n\n".join),
        st.text(max_size=40),
        st.binary(max_size=40),
    ),
    min_size=1,
)


@given(tree=TREES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_folder_balances(tmp_path_factory: pytest.TempPathFactory, tree: dict[str, str | bytes]) -> None:
    folder = tmp_path_factory.mktemp("any")
    write(folder, tree)
    write(folder, {"sources.toml": "".join(f"[sources.{n}]\nmax_loss = 1.0\n" for n in ("a", "b", "c", "files"))})
    report = run(folder)
    a = report.accounting
    assert a.found == len(tree) == a.records + a.merged + a.quarantined + a.skipped
    assert verify(folder / "raw", folder / "processed") == []


def test_no_socket_is_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    run(folder)
