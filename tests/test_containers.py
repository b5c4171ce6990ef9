"""Files that hold many documents: what is in them is published, what is wrong is named, and nothing of it can do harm."""

from __future__ import annotations

import base64
import bz2
import functools
import gzip
import io
import itertools
import json
import lzma
import quopri
import random
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import pipeline
from pipeline.cli import main
from pipeline.errors import ConfigError
from pipeline.readers import containers, files, unpack
from pipeline.readers.containers import jsonlines, member, tars, warc, zips
from pipeline.report.summary import Report
from pipeline.verify import verify

TEXT = "Drawer {0} of the cabinet holds a piece of slate with the number {0}, found by a road in the year 19{0:02}."


class Place:
    """A raw/ and what a run makes of it."""

    def __init__(self, folder: Path) -> None:
        self.raw, self.out = folder / "raw", folder / "processed"
        (self.raw / "s").mkdir(parents=True)
        self.stanza("")

    def stanza(self, text: str) -> None:
        (self.raw / "sources.toml").write_text(f"[sources.s]\nmax_loss = 1.0\n{text}\n")

    def put(self, name: str, data: bytes) -> None:
        (self.raw / "s" / name).write_bytes(data)

    def run(self, workers: int = 0) -> Report:
        report = pipeline.ingest(self.raw, self.out, workers=workers)
        assert verify(self.raw, self.out) == []
        return report

    def records(self) -> dict[str, Any]:
        return {r.raw.path.removeprefix("s/"): r for r in pipeline.read(self.out)}

    def quarantined(self) -> dict[str, str]:
        lines = map(json.loads, (self.out / "quarantine.jsonl").read_text().splitlines())
        return {q["path"].removeprefix("s/"): q["error"] for q in lines}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def zipped(members: dict[str, bytes], **options: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tarred(members: dict[str, bytes | str], mode: Any = "w") -> bytes:
    """Files; a `str` in place of bytes is a symbolic link."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            if isinstance(data, str):
                info.type, info.linkname = tarfile.SYMTYPE, data
                archive.addfile(info)
            else:
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def text(number: int) -> bytes:
    return TEXT.format(number).encode()


TREE = {
    "a.txt": text(1),
    "deep/b.html": b"<p>" + text(2),
    "deep/pixel.png": b"\x89PNG",
    ".hidden": text(3),
    "__MACOSX/a.txt": b"x",
    "empty.txt": b"",
    "../up.txt": text(4),
    "/root.txt": text(5),
    "C:\\disk.txt": text(6),
    "w\nn \u202e.txt": text(7),
}
BAD = {"empty.txt": "the file is empty", **dict.fromkeys(["../up.txt", "/root.txt", "C:\\disk.txt"], "its name leads out of the archive")}


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.zip", zipped),
        ("a.tar", tarred),
        ("a.tgz", lambda tree: tarred(tree, "w:gz")),
        ("a.tar.bz2", lambda tree: tarred(tree, "w:bz2")),
        ("A.TAR.XZ", lambda tree: tarred(tree, "w:xz")),
    ],
)
def test_files_of_an_archive_are_documents(place: Place, name: str, pack: Callable[[dict[str, bytes]], bytes]) -> None:
    place.put(name, pack(TREE))
    report = place.run()
    assert set(place.records()) == {f"{name}!/a.txt", f"{name}!/deep/b.html", f"{name}!/w%0An %E2%80%AE.txt"}
    assert place.records()[f"{name}!/deep/b.html"].text == TEXT.format(2)
    assert place.quarantined() == {f"{name}!/{member}": error for member, error in BAD.items()}
    assert report.skipped == {"attachment": 1, "hidden": 2}
    before = {p: p.read_bytes() for p in place.out.glob("*.json*")}
    place.run()
    assert before == {p: p.read_bytes() for p in place.out.glob("*.json*")}


def test_a_changed_member_is_seen(place: Place) -> None:
    place.put("a.zip", zipped({"a.txt": text(1), "b.txt": text(2)}))
    place.run()
    place.put("a.zip", zipped({"a.txt": text(1), "c.txt": text(2)}))
    place.run()
    assert set(place.records()) == {"a.zip!/a.txt", "a.zip!/c.txt"}


def test_members_of_one_name_are_told_apart(place: Place) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("a.txt", text(1))
        archive.writestr("a.txt", text(2))
    place.put("a.zip", out.getvalue())
    two = tarfile.TarInfo("a.txt")
    two.size = len(text(3))
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as tape:
        tape.addfile(two, io.BytesIO(text(3)))
        tape.addfile(two, io.BytesIO(text(4)))
    place.put("b.tar", tar.getvalue())
    assert place.run().accounting.records == 4


def test_links_and_devices_are_counted_and_left_alone(place: Place) -> None:
    place.put("a.tar", tarred({"l": "/etc/passwd", "a.txt": text(1)}))
    assert place.run().skipped == {"link": 1}


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz", "a.warc", "a.epub", "a.warc.gz"])
@pytest.mark.parametrize("data", [b"no archive at all", b"", b"PK\x03\x04" + bytes(100), gzip.compress(b"x" * 600)])
def test_what_is_no_archive_is_quarantined_and_its_neighbours_are_not(place: Place, name: str, data: bytes) -> None:
    place.put(name, data)
    place.put("good.txt", text(1))
    place.run()
    assert set(place.records()) == {"good.txt"}
    assert [path.partition("!")[0] for path in place.quarantined()] == [name]


@pytest.mark.parametrize("pack", [zipped, tarred, lambda tree: tarred(tree, "w:gz")])
def test_a_damaged_archive_gives_what_it_can(place: Place, pack: Callable[[dict[str, bytes]], bytes]) -> None:
    noise = random.Random(1)
    whole = pack({f"{n:03}.txt": text(n) + noise.randbytes(2000).hex().encode() for n in range(30)})
    for number, cut in enumerate([len(whole) // 2, len(whole) - 700]):
        place.put(f"cut{number}.{'zip' if pack is zipped else 'tar'}", whole[:cut])
        place.put(f"hole{number}.{'zip' if pack is zipped else 'tar'}", whole[:cut] + b"\xaa" * 600 + whole[cut + 600 :])
    report = place.run()
    assert report.accounting.quarantined >= (1 if pack is tarred else 3)  # a plain tar has no checksums of contents
    assert report.accounting.found == report.accounting.records + report.accounting.merged + report.accounting.quarantined


def test_a_container_in_an_archive_that_is_damaged_or_empty_costs_itself_alone(place: Place) -> None:
    rows = json.dumps([{"text": TEXT.format(n)} for n in range(2, 40)]).encode()
    place.put("a.zip", zipped({"a.txt": text(1), "b.json.gz": gzip.compress(rows)[:-30], "c.zip": zipped({}), "d.txt": text(50)}))
    report = place.run()
    assert set(place.records()) == {"a.zip!/a.txt", "a.zip!/d.txt"}
    assert place.quarantined() == {
        "a.zip!/b.json.gz!/@0-": "the file ends inside its packed data",
        "a.zip!/c.zip": "it holds no documents",
    }
    assert report.accounting.found == 4


def test_damage_has_a_name_of_its_own(place: Place) -> None:
    """The first document of a stretch is named by its place, too."""
    rows = "".join(json.dumps({"text": TEXT.format(n) + " ".join(f"{n * k % 997:x}" for k in range(200))}) + "\n" for n in range(9, 99))
    place.put("a.jsonl.gz", gzip.compress(rows.encode())[:-5000])
    page = record("response", "https://stones.example/", response(b"<p>" + text(1)))
    place.put("b.warc", page + page[:-30])
    place.run()
    assert {"a.jsonl.gz!/@0", "b.warc!/@0"} < set(place.records())
    assert set(place.quarantined()) == {"a.jsonl.gz!/@0-", "b.warc!/@0-"}


def test_names_in_an_archive_are_utf_8_on_any_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    data = tarred({"caf\xe9.txt": text(1)})
    monkeypatch.setattr(tarfile.TarFile, "encoding", "iso8859-1")  # what a machine in another locale has there
    assert [m.path for m in tars.members(io.BytesIO(data), "a.tar", 0, len(data), {})] == ["a.tar!/caf\xe9.txt"]


def test_members_of_one_name_may_be_anywhere(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """In stretches that know nothing of each other, in the states of one page, and further apart than names are held."""
    monkeypatch.setattr(jsonlines, "CHUNK", 500)
    place.put("a.jsonl", b"".join(json.dumps({"id": n % 3, "text": TEXT.format(n)}).encode() + b"\n" for n in range(12)))
    monkeypatch.setattr(member, "MOST_NAMES", 4)
    rows = [json.dumps({"id": n % 5, "text": TEXT.format(n + 20)}).encode() + b"\n" for n in range(12)]
    place.put("b.jsonl.gz", gzip.compress(b"".join(rows)))
    revisions = "".join(f"<revision><id>{n}</id><text>{TEXT.format(n)}</text></revision>" for n in (40, 41, 42))
    place.put("c.xml", f"<mediawiki><page><title>A</title><ns>0</ns><id>1</id>{revisions}</page></mediawiki>".encode())
    assert place.run().accounting.records == 27
    documents = place.out / "documents.jsonl"
    documents.write_bytes(documents.read_bytes().partition(b"\n")[2])
    assert any("accounted for 2 times, and there 3 times" in problem for problem in verify(place.raw, place.out))


def test_a_member_without_a_name_is_named_by_its_place(place: Place) -> None:
    data = zipped({"a.txt": text(1), "QQ": text(2), "z.txt": text(3)})
    place.put("a.zip", data.replace(b"QQ", b"\0Q"))  # a name ends at a zero
    assert place.run().accounting.quarantined == 0
    assert sorted(place.records()) == [f"a.zip!/@{data.index(b'QQ') - 30}", "a.zip!/a.txt", "a.zip!/z.txt"]


def test_an_encrypted_member_says_what_to_do(place: Place) -> None:
    data = bytearray(zipped({"a.txt": text(1), "b.txt": text(2)}))
    for at in (data.find(b"PK\x03\x04") + 6, data.find(b"PK\x01\x02") + 8):
        data[at] |= 1
    place.put("a.zip", bytes(data))
    place.run()
    assert place.quarantined() == {"a.zip!/a.txt": "it is encrypted"}
    assert set(place.records()) == {"a.zip!/b.txt"}


def test_large_archives_are_cut_between_members(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.put("a.zip", zipped({f"{n}.txt": text(n) for n in range(60)}))
    place.put("b.jsonl", b"".join(json.dumps({"text": TEXT.format(n)}).encode() + b"\n" for n in range(60, 90)))
    place.run()
    before = {p: p.read_bytes() for p in place.out.glob("*.json*")}
    for module in (zips, jsonlines):
        monkeypatch.setattr(module, "CHUNK", 500)
    for name in ("a.zip", "b.jsonl"):
        stretches = list(containers.chunks(place.raw, f"s/{name}".encode(), {}))
        assert len(stretches) > 5 and stretches[0][0] == 0 and stretches[-1][1] == (place.raw / "s" / name).stat().st_size
        assert all(a[1] == b[0] for a, b in itertools.pairwise(stretches))
    place.out.rename(place.out.with_name("first"))
    place.run(workers=2)
    assert {p.name: p.read_bytes() for p in place.out.glob("*.json*")} == {p.name: data for p, data in before.items()}


def test_how_a_member_is_packed_is_a_fact_of_every_stretch() -> None:
    """It stands in the directory at the end: far from the member's bytes, and in no stretch but the last."""
    data = zipped({"a.txt": text(1), "b.txt": text(2)})
    directory = data.index(b"PK\1\2")
    before = zips.facts(io.BytesIO(data))
    for place in (8, 10, 20):  # flags, method, packed size (APPNOTE.TXT 4.3.12)
        other = bytearray(data)
        other[directory + place] ^= 1
        assert zips.facts(io.BytesIO(bytes(other))) != before


# -- bombs -------------------------------------------------------------------------------------------------------------


def test_bombs_are_refused_in_short_time(place: Place) -> None:
    zeros = bytes(files.MAX_BYTES + 1)
    place.put("large.zip", zipped({"a.txt": zeros, "b.txt": text(1)}))
    place.put("large.tgz", tarred({"a.txt": zeros, "b.txt": text(2)}, "w:gz"))
    place.put("large.txt.gz", gzip.compress(zeros))
    place.put("large.txt.xz", lzma.compress(zeros))
    place.put("deep.zip", zipped({"1.zip": zipped({"2.zip": zipped({"3.txt": text(3)})})}))
    place.put("many.zip", zipped({f"{n}.txt": b"" for n in range(10_000)}))
    place.put("line.jsonl", b'{"text": "' + b"a" * (files.MAX_BYTES + 10) + b'"}\n' + json.dumps({"text": TEXT.format(4)}).encode())
    header = tarfile.TarInfo("pax_headers")
    header.type, header.size = tarfile.XHDTYPE, 1 << 40
    place.put("header.tar", header.tobuf() + bytes(4096))
    start = time.process_time()
    report = place.run()
    assert time.process_time() - start < 20
    assert {r.text for r in place.records().values()} == {TEXT.format(n) for n in (1, 2, 4)}
    assert report.accounting.quarantined == 10_000 + 7
    assert place.quarantined()["deep.zip!/1.zip!/2.zip"] == "it is a container in a container in a container"


def test_files_that_lie_upon_one_another_are_a_bomb(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MAX_RATIO", 2)
    monkeypatch.setattr(zips, "PIECE", 1)
    place.put("a.zip", zipped({f"{n}.txt": text(n) * 100 for n in range(20)}))
    place.run()
    assert "unpacks to more than" in next(iter(place.quarantined().values()))


# -- packed files, JSON Lines, tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
def test_a_packed_file_is_one_document(place: Place, ending: str, pack: Callable[[bytes], bytes]) -> None:
    place.put(f"page.html.{ending}", pack(b"<p>" + text(1)))
    place.put(f"rows.jsonl.{ending}", pack(json.dumps({"text": TEXT.format(2)}).encode()))
    place.run()
    assert {p: r.text for p, r in place.records().items()} == {
        f"page.html.{ending}!/page.html": TEXT.format(1),
        f"rows.jsonl.{ending}!/@0": TEXT.format(2),
    }


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("xz", lzma.compress)])
@pytest.mark.parametrize("zeros", [1, unpack.PIECE, 3 * unpack.PIECE + 7])
def test_zeros_behind_packed_data_are_no_damage(place: Place, ending: str, pack: Callable[[bytes], bytes], zeros: int) -> None:
    place.put(f"a.txt.{ending}", pack(text(1)) + bytes(zeros // 4 * 4) + pack(text(2)) + bytes(zeros // 4 * 4))
    place.run()
    assert [r.text for r in place.records().values()] == [TEXT.format(1) + TEXT.format(2)]


def test_a_packed_file_that_becomes_shorter_while_it_is_read_ends() -> None:
    data = gzip.compress(text(1))
    with pytest.raises(files.Unreadable, match="ends inside"):
        b"".join(unpack.unpacked(io.BytesIO(data[:-9]), 0, len(data)))


def test_zstd_is_read_where_it_can_be(place: Place) -> None:
    zstandard = pytest.importorskip("zstandard")
    place.put("a.txt.zst", zstandard.compress(text(1)) + zstandard.compress(text(2)))
    place.put("b.tar.zst", zstandard.compress(tarred({"b.txt": text(3)})))
    place.put("cut.txt.zst", zstandard.compress(text(4))[:-5])
    place.put("bomb.txt.zst", zstandard.compress(bytes(1 << 29)))
    place.run()
    assert {r.text for r in place.records().values()} == {TEXT.format(1) + TEXT.format(2), TEXT.format(3)}
    assert sorted(place.quarantined()) == ["bomb.txt.zst!/bomb.txt", "cut.txt.zst!/@0-"]


def test_without_zstd_it_is_said_what_to_install(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "compression.zstd", None)
    place.put("a.txt.zst", b"\x28\xb5\x2f\xfdabc")
    place.run()
    assert "zstd" in place.quarantined()["a.txt.zst!/@0-"]


ROWS: list[Any] = [
    {"text": TEXT.format(1), "title": "One", "url": "https://example.org/1", "date": "2021-05-06", "lang": "en", "score": 3},
    {"id": "x/2", "html": f"<p>{TEXT.format(2)}</p>", "tags": ["a"], "published": "last week"},
    {"id": "x/2", "content": TEXT.format(3), "none": None},
]


def test_lines_of_json_are_documents_with_their_facts(place: Place) -> None:
    lines = [json.dumps(row) for row in ROWS] + [
        "",
        "{broken",
        "[1]",
        '{"n": 1}',
        '{"text": ""}',
        '{"text": "' + TEXT.format(4) + '", "f": NaN}',
    ]
    place.put("a.jsonl", "\r\n".join(lines).encode() + b"\n" + b"[" * 100_000)
    place.run()
    records = list(place.records().items())
    assert sorted(r.text for _, r in records) == [TEXT.format(n) for n in (1, 2, 3, 4)]
    found = {r.text: (p, r) for p, r in records}
    path, one = found[TEXT.format(1)]
    assert path == "a.jsonl!/@0"
    assert (one.title, one.url, one.created, one.language) == ("One", "https://example.org/1", "2021-05-06", "en")
    assert json.loads(one.metadata)["fields"] == {"score": 3}
    path, two = found[TEXT.format(2)]
    assert path == "a.jsonl!/x/2" and two.raw.parser == "html"
    assert json.loads(two.metadata)["fields"] == {"tags": ["a"], "published": "last week"}
    assert found[TEXT.format(3)][0].startswith("a.jsonl!/x/2@")
    assert sorted(place.quarantined().values()) == [
        "it is no object with fields",
        "its text is empty",
        "no field is known to hold the text",
        *["the line is no JSON (malformed)"] * 2,
    ]


def test_a_stanza_maps_fields_of_json_and_csv(place: Place) -> None:
    place.stanza('fields = { text = "doc.body", title = "doc.heads.0", id = "key", license = "terms" }')
    rows = [{"key": n, "doc": {"body": TEXT.format(n), "heads": [f"No {n}"]}, "terms": "CC0-1.0"} for n in range(3)]
    place.put("list.json", json.dumps(rows[:1]).encode())
    place.put("inside.json", json.dumps({"n": 1, "rows": rows[1:2]}).encode())
    place.put("one.json", json.dumps(rows[2]).encode())
    place.put("none.json", b"{")
    head = "key;doc.body;doc.heads.0\r\n"
    place.put(
        "t.csv", f'{head}7;"{TEXT.format(7)}\r\n\r\nAnd ""more""; of it.";Seven\r\n8;{TEXT.format(8)};Eight\r\n9;\r\n'.encode("utf-8-sig")
    )
    place.run()
    found = {p: (r.title, r.license) for p, r in place.records().items()}
    assert found == {
        "list.json!/0": ("No 0", "CC0-1.0"),
        "inside.json!/1": ("No 1", "CC0-1.0"),
        "one.json!/2": ("No 2", "CC0-1.0"),
        "t.csv!/7": ("Seven", ""),
        "t.csv!/8": ("Eight", ""),
    }
    assert 'And "more"; of it.' in place.records()["t.csv!/7"].text
    assert place.quarantined() == {"none.json!/@0-": "the file is no JSON", "t.csv!/9": "its text is empty"}


def test_cells_without_a_name_and_lines_of_old_macs_are_read(place: Place) -> None:
    place.stanza('fields = { text = "text", id = "id" }')
    place.put("a.csv", f',id,text\n0,a,"{TEXT.format(1)}",more,still more\n'.encode())
    place.put("b.csv", f'id,text\rb,"{TEXT.format(2)}"\rc,"{TEXT.format(3)}"\r'.encode())
    place.run()
    assert set(place.records()) == {"a.csv!/a", "b.csv!/b", "b.csv!/c"}
    fields = json.loads(place.records()["a.csv!/a"].metadata)["fields"]
    assert fields == {"": "0", "more cells": ["more", "still more"]}


@pytest.mark.parametrize(
    ("stanza", "said"),
    [
        ('fields = { txt = "a" }', "did you mean 'text'"),
        ('fields = { title = "a" }', "which field holds the text"),
        ("fields = 1", "fields"),
    ],
)
def test_a_wrong_field_map_is_named(place: Place, stanza: str, said: str) -> None:
    place.stanza(stanza)
    with pytest.raises(ConfigError, match=said):
        place.run()


# -- web archives, books --------------------------------------------------------------------------------------------------


def record(kind: str, uri: str, block: bytes, media: str = "application/http; msgtype=response") -> bytes:
    head = f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2024-05-06T07:08:09Z\r\n"
    return f"{head}Content-Type: {media}\r\nContent-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


def response(body: bytes, *headers: str, status: int = 200, media: str = "text/html; charset=utf-8") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} X", f"Content-Type: {media}", *headers, "", ""]).encode() + body


def crawl() -> list[bytes]:
    page = b"<p>" + text(1)
    chunked = b"5\r\n" + page[:5] + b"\r\n" + f"{len(page) - 5:x}".encode() + b"\r\n" + page[5:] + b"\r\n0\r\n\r\n"
    return [
        record("warcinfo", "", b"software: x", "application/warc-fields"),
        record("request", "https://example.org/1", b"GET / HTTP/1.1\r\n\r\n", "application/http; msgtype=request"),
        record("response", "https://example.org/1", response(chunked, "Transfer-Encoding: chunked")),
        record("response", "https://example.org/2", response(gzip.compress(b"<p>" + text(2)), "Content-Encoding: gzip")),
        record("response", "https://example.org/3", response(b"<p>" + text(3), "Content-Encoding: gzip")),
        record("response", "https://example.org/4", response(b"<p>gone", status=404)),
        record("response", "https://example.org/p.png", response(b"\x89PNG", media="image/png")),
        record("response", "https://example.org/5", response(b"\x1f\x8bx", "Content-Encoding: gzip")),
        record("resource", "file:///6", text(6), "text/plain"),
        record("revisit", "https://example.org/1", b""),
        record("response", "https://example.org/7", response(b" ")),
    ]


@pytest.mark.parametrize("form", ["plain", "records packed", "file packed"])
def test_pages_of_a_web_archive_are_documents(place: Place, form: str) -> None:
    pack: Callable[[bytes], bytes] = gzip.compress if form == "records packed" else bytes
    data = b"".join(map(pack, crawl()))
    place.put("a.warc" if form == "plain" else "a.warc.gz", gzip.compress(data) if form == "file packed" else data)
    report = place.run()
    assert {(r.url, r.text) for r in place.records().values()} == {
        *((f"https://example.org/{n}", TEXT.format(n)) for n in (1, 2, 3)),
        ("file:///6", TEXT.format(6)),
    }
    assert report.skipped == {"no_page": 2, "http_status": 1, "attachment": 1, "revisit": 1}
    assert sorted(place.quarantined().values()) == ["it is empty", "its body cannot be unpacked"]
    assert json.loads(next(iter(place.records().values())).metadata)["fetched"] == "2024-05-06T07:08:09Z"


def test_a_web_archive_is_cut_between_records(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.put(
        "a.warc.gz", b"".join(gzip.compress(record("response", f"https://example.org/{n}", response(b"<p>" + text(n)))) for n in range(60))
    )
    monkeypatch.setattr(warc, "CHUNK", 1000)
    assert len(list(containers.chunks(place.raw, b"s/a.warc.gz", {}))) > 5
    assert place.run(workers=2).accounting.records == 60


def test_the_head_of_a_record_costs_what_it_is_long() -> None:
    """Not what the piece of the file is long in which it stands: that took 5 s."""
    data = record("response", "https://stones.example/", response(b"<p>" + text(1) * 9)) * 2000
    start = time.process_time()
    assert sum(bool(m.data) for m in warc.members(io.BytesIO(data), "a.warc", 0, len(data), {})) == 2000
    assert time.process_time() - start < 1.5


def test_a_cut_web_archive_gives_what_stands_before(place: Place) -> None:
    whole = b"".join(crawl()[:3])
    place.put("a.warc", whole + crawl()[4][:-40])
    place.put("b.warc", whole.replace(b"/1", b"/9") + b"rubbish")
    report = place.run()
    assert report.accounting.quarantined == 2
    assert report.accounting.records + report.accounting.merged == 2


CONTAINER = (
    b'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    b'<rootfile full-path="OPS/p.opf"/></rootfiles></container>'
)
PACKAGE = b"""<package xmlns="http://www.idpf.org/2007/opf"
xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>
<dc:title>Stones of the <b>Coast</b></dc:title>
<dc:creator>A. Writer</dc:creator><dc:language>en</dc:language><dc:date>2011-02-03</dc:date>
</metadata>
<manifest><item id="a" href="text/one.xhtml"/><item id="b" href="two%20.xhtml"/></manifest>
<spine><itemref idref="b"/><itemref idref="a"/></spine></package>"""


def book(**more: bytes) -> bytes:
    chapters = {
        f"OPS/{name}": b"<html><head><title>x</title></head><body><h1>Part</h1><p>" + text(n) + b"</p></body></html>"
        for n, name in ((1, "text/one.xhtml"), (2, "two .xhtml"))
    }
    return zipped(
        {"META-INF/container.xml": CONTAINER, "OPS/p.opf": PACKAGE, **chapters, **{k.replace("__", "/"): v for k, v in more.items()}}
    )


def test_a_book_is_one_document_in_reading_order(place: Place) -> None:
    place.put("a.epub", book())
    place.run()
    ((path, found),) = place.records().items()
    assert path == "a.epub!/book"
    assert found.text.split("\n\n") == ["Part", TEXT.format(2), "Part", TEXT.format(1)]
    assert (found.title, found.language, found.created) == ("Stones of the Coast", "en", "2011-02-03")
    assert json.loads(found.metadata)["book"] == {"authors": ["A. Writer"]}


def test_books_that_cannot_be_read_say_why(place: Place) -> None:
    lock = b"<encryption><CipherReference URI='OPS/two .xhtml'/></encryption>"
    place.put("drm.epub", zipped({"META-INF/container.xml": CONTAINER, "META-INF/encryption.xml": lock, "META-INF/rights.xml": b"<r/>"}))
    place.put("none.epub", zipped({"a": b"b"}))
    place.put("entity.epub", zipped({"META-INF/container.xml": b'<!DOCTYPE a [<!ENTITY b "c">]>' + CONTAINER}))
    place.put("missing.epub", zipped({"META-INF/container.xml": CONTAINER, "OPS/p.opf": PACKAGE}))
    place.put("broken.epub", zipped({"META-INF/container.xml": CONTAINER[:-9]}))
    whole = book()
    end = whole.rindex(b"PK\5\6") + 16  # where the archive says that its directory begins: too far on, so its files begin before it
    place.put("early.epub", whole[:end] + (int.from_bytes(whole[end : end + 4], "little") + 400).to_bytes(4, "little") + whole[end + 4 :])
    place.run()
    errors = {path.partition(".")[0]: error for path, error in place.quarantined().items()}
    assert errors["drm"] == "the book is encrypted (DRM)"
    assert all("container.xml" in errors[name] for name in ("none", "entity", "early"))
    assert "does not hold" in errors["missing"] and "is broken" in errors["broken"]


PAGE = "<html><head><title>Slate</title></head><body><article><h1>Slate</h1><p>{0}</p></article></body></html>"


def saved(*parts: tuple[str, bytes], head: str = "") -> bytes:
    """A page saved as one file, from (headers, body) of its parts."""
    lines = [f"From: <Saved>\r\n{head}MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\t".encode()]
    lines.append(b'type="text/html";\r\n\tboundary="-=x"\r\n\r\n\r\n')
    lines += [f"---=x\r\n{headers}\r\n\r\n".encode() + body + b"\r\n" for headers, body in parts]
    return b"".join([*lines, b"---=x--\r\n"])


def test_a_page_saved_as_one_file_is_that_page(place: Place) -> None:
    quoted = quopri.encodestring(PAGE.format("Café slate is " + "grey, " * 30).encode()).replace(b"\n", b"\r\n")
    html = "Content-Type: text/html\r\nContent-Transfer-Encoding: {0}\r\nContent-Location: {1}"
    frame = (html.format("8bit", "https://ads.example/"), b"<p>Buy slate now and never again.</p>")
    image = ("Content-Type: image/png\r\nContent-Transfer-Encoding: base64", b"iVBORw0KGgo=")
    head = "Snapshot-Content-Location: https://ex.org/slate\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
    place.put("new.mhtml", saved(frame, (html.format("quoted-printable", "https://ex.org/slate"), quoted), image, head=head))
    old = base64.encodebytes(PAGE.format("Сланец лежит в ящике номер семь.").encode("cp1251"))
    place.put("old.mht", saved(('Content-Type: text/html; charset="windows-1251"\r\nContent-Transfer-Encoding: base64', old), image))
    untitled = b"<p>A page without a title of its own, on slate and where it is found.</p>"
    place.put("alone.mht", b"MIME-Version: 1.0\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\nContent-Type: text/html\r\n\r\n" + untitled)
    report = place.run()
    found = place.records()
    assert sorted(found) == ["alone.mht!/page", "new.mhtml!/page", "old.mht!/page"]
    new = found["new.mhtml!/page"]
    assert (new.title, new.url) == ("Slate", "https://ex.org/slate") and "Café slate is grey, grey" in new.text
    assert json.loads(new.metadata)["fetched"] == "2026-11-21T10:00:00+00:00"
    assert "Сланец лежит" in found["old.mht!/page"].text and found["alone.mht!/page"].title == "Café"
    assert report.accounting.skipped == 1 and not place.quarantined(), "a frame is skipped, a picture is part of its page"


def test_saved_pages_that_cannot_be_read_say_why(place: Place) -> None:
    html = "Content-Type: text/html\r\nContent-Transfer-Encoding: base64"
    place.put("damaged.mhtml", saved((html, b"AAAAA")))
    place.put("empty.mhtml", saved((html, b"")))
    place.put("pictures.mhtml", saved(("Content-Type: image/png", b"x")))
    place.put("bare.mhtml", b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\nwords")
    place.put("many.mhtml", saved(*[("Content-Type: text/css", b"")] * 10_001))
    place.put("page.mhtml", PAGE.format("A page that only bears the ending, with enough words to be a page of its own.").encode())
    place.run()
    errors = {path.partition(".")[0]: error for path, error in place.quarantined().items()}
    assert errors == {
        "damaged": "its page is cut or damaged",
        "empty": "it is empty",
        "many": "the file has more than 10000 parts",
        "pictures": "the file holds no page",
        "bare": "the file does not say where its parts end",
    }
    assert list(place.records()) == ["page.mhtml"]


def test_one_document_that_is_packed_is_cleaned_and_several_are_not(tmp_path: Path) -> None:
    place = Place(tmp_path)
    clean = functools.partial(CliRunner().invoke, main)
    place.put("a.txt.gz", gzip.compress(text(4)))
    place.put("a.mhtml", saved(("Content-Type: text/html", PAGE.format("Slate in a file.").encode())))
    place.put("a.zip", zipped({"a.txt": text(1), "b.txt": text(2)}))
    place.put("b.zip", zipped({"a.png": b"x"}))
    place.put("c.zip", b"PK")
    place.put("a.bin", bytes(range(256)))
    for name, code, words in (
        ("a.txt.gz", 0, text(4).decode()),
        ("a.mhtml", 0, "Slate in a file."),
        ("a.zip", 2, "holds several documents"),
        ("b.zip", 2, "no document"),
        ("c.zip", 2, "damaged"),
        ("a.bin", 2, "not text"),
        ("none.txt", 2, "No such file"),
    ):
        done = clean(["clean", str(place.raw / "s" / name)], catch_exceptions=True)
        said = done.output + str(done.exception or "")
        assert words in said and (code == 0) == (done.exit_code == 0), (name, said)


def test_bytes_at_random_never_end_a_run(place: Place) -> None:
    noise = random.Random(7)
    good = [zipped({"a.txt": text(1)}), tarred({"a.txt": text(2)}), b"".join(crawl()), book(), gzip.compress(text(3))]
    good.append(saved(("Content-Type: text/html", PAGE.format(text(4).decode()).encode())))
    for number in range(60):
        data = bytearray(good[number % len(good)])
        for _ in range(noise.randrange(1, 8)):
            data[noise.randrange(len(data))] = noise.randrange(256)
        place.put(f"{number}.{['zip', 'tar', 'warc', 'epub', 'txt.gz', 'mhtml'][number % len(good)]}", bytes(data))
    place.run()
