"""The reader of MediaWiki dumps: every page once, however the file is packed and cut; bounded, resumable, no entities."""

from __future__ import annotations

import bz2
import gzip
import io
import random
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.convert import clean
from pipeline.model import ParseOptions
from pipeline.readers import bzip2
from pipeline.readers.bzip2 import begins, next_block
from pipeline.readers.containers import dumps
from pipeline.readers.files import Unreadable
from pipeline.readers.mediawiki_xml import MAX_JOINED, Page, pages, site_info, split
from pipeline.readers.unpack import PIECE

HEAD = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="de">
  <siteinfo><sitename>Burgenwiki</sitename><base>https://burgen.example.org/Start</base><generator>MediaWiki 1.44</generator>
    <namespaces>
      <namespace key="-2" case="first-letter">Medium</namespace><namespace key="0" /><namespace key="14">Kategorie</namespace></namespaces>
  </siteinfo>
"""


def page(number: int, size: int = 300) -> str:
    redirect = '<redirect title="Ziel &amp; Ort" />' if number % 7 == 3 else ""
    return (
        f"  <page>\n    <title>Seite {number}</title>\n    <ns>{0 if number % 5 else 14}</ns>\n    <id>{number + 10}</id>{redirect}\n"
        f"    <revision>\n      <id>{number + 500}</id>\n      <timestamp>2024-01-02T03:04:05Z</timestamp>\n"
        f"      <contributor><username>Ännchen</username><id>9</id></contributor>\n      <model>wikitext</model>\n"
        f'      <text bytes="{size}" xml:space="preserve">&lt;b&gt; {"Wort " * (size // 5)}{number}</text>\n    </revision>\n  </page>\n'
    )


def dump(count: int, size: int = 300) -> bytes:
    return (HEAD + "".join(page(i, size) for i in range(count)) + "</mediawiki>\n").encode()


def multistream(count: int, each: int) -> bytes:
    body = [page(i) for i in range(count)]
    streams = [HEAD] + ["".join(body[i : i + each]) for i in range(0, count, each)] + ["</mediawiki>"]
    return b"".join(bz2.compress(s.encode()) for s in streams)


def everything(data: bytes, size: int) -> list[Page]:
    file = io.BytesIO(data)
    return [p for chunk in split(file, size) for p in pages(file, chunk.start, chunk.end)]


def test_a_page_has_all_its_facts() -> None:
    found = everything(dump(4), 1 << 20)
    assert [p.number for p in found] == [0, 1, 2, 3]
    third = found[3]
    assert third.title == "Seite 3" and third.namespace == 0 and third.id == 13 and third.revision == 503
    assert third.redirect == "Ziel & Ort" and third.contributor == "Ännchen" and third.timestamp == "2024-01-02T03:04:05Z"
    assert third.text.startswith("<b> Wort ") and third.text.endswith("Wort 3")
    assert found[0].namespace == 14 and not found[0].redirect
    expected = {"page_id": "13", "revision": "503", "namespace": "0", "timestamp": "2024-01-02T03:04:05Z", "contributor": "Ännchen"}
    assert third.extra() == expected


def test_the_head_names_the_site() -> None:
    for data in (dump(2), multistream(4, 2), gzip.compress(dump(1))):
        site = site_info(io.BytesIO(data))
        assert (site.name, site.language, site.namespaces) == ("Burgenwiki", "de", {-2: "Medium", 0: "", 14: "Kategorie"})


@pytest.mark.parametrize("pack", [bytes, bz2.compress, gzip.compress, lambda _: multistream(60, 7)])
@pytest.mark.parametrize("size", [1, 900, 5_000, 1 << 24])
def test_every_page_comes_once_however_the_file_is_cut(pack: object, size: int) -> None:
    data = pack(dump(60))  # type: ignore[operator]  # bytes or a function of bytes
    assert [p.title for p in everything(data, size)] == [f"Seite {i}" for i in range(60)]


def test_multistream_files_are_cut() -> None:
    file = io.BytesIO(multistream(60, 7))
    chunks = list(split(file, 400))
    assert len(chunks) > 4
    assert chunks[0].start == 0 and chunks[-1].end == len(file.getvalue())
    assert all(a.end == b.start for a, b in pairwise(chunks))


def mixed(count: int, lead: int = 0) -> bytes:
    """A dump in one stream of several blocks of 100 kB, of words that do not repeat; `lead` moves the borders."""
    words = random.Random(3)
    body = "".join(
        f"<page><title>T{i}</title><ns>0</ns><revision><text>{words.randbytes(words.randrange(60)).hex()}</text></revision></page>"
        for i in range(count)
    )
    return bz2.compress((HEAD + " " * lead + body + "</mediawiki>").encode(), 1)


def test_one_stream_of_bzip2_is_cut_between_its_blocks() -> None:
    data = mixed(6000)
    file = io.BytesIO(data)
    chunks = list(split(file, 1))
    assert len(chunks) > 6 and chunks[0].start == 0 and chunks[-1].end == len(data)
    assert all(a.end == b.start for a, b in pairwise(chunks))
    assert len(list(split(file, len(data) // 3))) in (3, 4)
    assert [p.title for c in chunks for p in pages(file, c.start, c.end)] == [f"T{i}" for i in range(6000)]


def test_blocks_are_found_and_unpacked_over_any_number_of_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block is longer than what is read at a time."""
    file = io.BytesIO(mixed(3000))
    whole = list(split(file, 1))
    assert len(whole) > 4 and all(begins(file, chunk.start) >= 0 for chunk in whole)
    monkeypatch.setattr(bzip2, "PIECE", 1000)
    assert list(split(file, 1)) == whole
    assert [p.title for c in whole for p in pages(file, c.start, c.end)] == [f"T{i}" for i in range(3000)]


@pytest.mark.parametrize("place", [(1000, 2000), (0, 1000)], ids=["begins", "ends"])
def test_a_stretch_whose_border_is_no_block_any_more_says_that_the_file_changed(place: tuple[int, int]) -> None:
    with pytest.raises(Unreadable, match="changed while it was read"):
        list(bzip2.unpacked(io.BytesIO(mixed(300)), *place))


def test_a_stretch_of_a_file_that_becomes_shorter_while_it_is_read_does_not_just_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bzip2, "PIECE", 1000)
    file = io.BytesIO(mixed(3000))
    found = bzip2.unpacked(file, list(split(file, 1))[1].start, len(file.getvalue()))
    assert next(found)[1]
    file.truncate(file.tell() + 3000)
    with pytest.raises(Unreadable, match="changed while it was read"):
        list(found)


@pytest.mark.parametrize("piece", range(1, 12))
def test_a_block_may_begin_at_any_bit_and_go_over_the_end_of_a_piece(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(bzip2, "PIECE", piece)
    for bit in range(48, 128):
        file = io.BytesIO((0x314159265359 << (200 - bit - 48) | 1).to_bytes(25))
        assert [next_block(file, at, 25) for at in (1, bit // 8)] == [bit // 8] * 2
        assert next_block(file, bit // 8 + 1, 25) == 25, "there is no other"
        assert next_block(file, 1, bit // 8) == bit // 8, "not looked for beyond the end"
        assert begins(file, bit // 8) == bit
        for wrong in (1, 1 << 47):  # all but one bit of a mark, so that the bytes inside it are right
            file = io.BytesIO(((0x314159265359 ^ wrong) << (200 - bit - 48) | 1).to_bytes(25))
            assert (next_block(file, 1, 25), begins(file, bit // 8)) == (25, -1)


@pytest.mark.parametrize("lead", range(0, 60, 3))
def test_a_page_that_begins_at_a_border_of_blocks_comes_once(lead: int) -> None:
    file = io.BytesIO(mixed(900, lead))
    assert [p.title for c in split(file, 1) for p in pages(file, c.start, c.end)] == [f"T{i}" for i in range(900)]


def test_a_page_longer_than_blocks_comes_once() -> None:
    long = random.Random(4).randbytes(200_000).hex()
    body = "".join(f"<page><title>T{i}</title><revision><text>{long if i == 1 else i}</text></revision></page>" for i in range(4))
    file = io.BytesIO(bz2.compress((HEAD + body + "</mediawiki>").encode(), 1))
    assert len(list(split(file, 1))) > 4
    assert [(p.title, len(p.text)) for c in split(file, 1) for p in pages(file, c.start, c.end)] == [
        ("T0", 1), ("T1", 400_000), ("T2", 1), ("T3", 1)
    ]  # fmt: skip


@pytest.mark.parametrize("size", range(1, 40))
def test_a_chunk_is_told_by_its_beginning_however_short_its_first_piece(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    data = dump(3)
    start = data.index(b"<page>")

    def in_pieces(_file: object, begin: int, end: int) -> Iterator[bytes]:
        return (data[at : min(at + size, end)] for at in range(begin, end, size))

    monkeypatch.setattr("pipeline.readers.mediawiki_xml.unpacked", in_pieces)
    assert [p.title for p in pages(io.BytesIO(data), start)] == ["Seite 0", "Seite 1", "Seite 2"]
    assert [p.title for p in pages(io.BytesIO(data))] == ["Seite 0", "Seite 1", "Seite 2"]


@pytest.mark.parametrize("number", ["--14", "1" * 5000, "\u0661", ""])
def test_a_number_that_is_none_stops_no_dump(number: str) -> None:
    data = dump(1).decode().replace('key="14"', f'key="{number}"').replace("<ns>14<", f"<ns>{number}<").encode()
    assert [p.namespace for p in pages(io.BytesIO(data))] == [0]
    assert 14 not in site_info(io.BytesIO(data)).namespaces


def test_a_damaged_block_costs_its_own_stretch() -> None:
    data = bytearray(mixed(6000))
    chunks = list(split(io.BytesIO(data), 1))
    data[(chunks[3].start + chunks[3].end) // 2] ^= 0x40
    file = io.BytesIO(data)
    titles, damaged = [], []
    for number, chunk in enumerate(chunks):
        try:
            for found in pages(file, chunk.start, chunk.end):
                titles.append(found.title)
        except Unreadable:
            damaged.append(number)
    assert 3 in damaged and set(damaged) <= {1, 2, 3}, "of those before, a page that goes on behind their end"
    assert len(titles) > 4000 and len(set(titles)) == len(titles)


def test_streams_that_are_cut_off_or_joined_are_not_cut_between_blocks() -> None:
    whole = mixed(3000)
    assert len(list(split(io.BytesIO(whole[:-5]), 1))) == 1
    assert [c.start for c in split(io.BytesIO(whole + whole), 1)] == [0, len(whole)]


def test_a_run_goes_on_where_it_stopped() -> None:
    file = io.BytesIO(dump(20))
    assert [p.number for p in pages(file, skip=15)] == [15, 16, 17, 18, 19]


def test_memory_is_that_of_a_page_not_of_the_file() -> None:
    data = io.BytesIO(bz2.compress(dump(1_500, 4_000)))
    tracemalloc.start()
    count = sum(1 for _ in pages(data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 1_500
    assert peak < 4 * 1024 * 1024


def test_a_text_over_the_limit_is_left_out_and_marked() -> None:
    found = list(pages(io.BytesIO(dump(2, 1_000)), limit=200))
    assert [(p.title, p.text, p.oversized) for p in found] == [("Seite 0", "", True), ("Seite 1", "", True)]


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE r [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;">]><mediawiki><page><title>&b;</title></page></mediawiki>',
        b'<?xml version="1.0"?>\n<!DOCTYPE r SYSTEM "file:///etc/hostname"><mediawiki/>',
        b"<mediawiki><page><title>a</title><text>",
        b"<mediawiki><page></title></mediawiki>",
        b"plain words",
        bz2.compress(b"<mediawiki>")[:-4],
        b"BZh9 no such stream",
        gzip.compress(dump(3))[:-20],
        b"\x28\xb5\x2f\xfd\x00\x00",
    ],
)
def test_what_is_no_dump_says_so(data: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        list(pages(io.BytesIO(data)))
    assert caught.value.error and caught.value.hint


def test_dumps_joined_to_one_file_are_all_read() -> None:
    def titled(start: int) -> str:
        return HEAD + "".join(page(i) for i in range(start, start + 3)) + "</mediawiki>\n"

    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    joined = [titled(0) + titled(3), head + titled(0) + "\ufeff" + head + titled(3), titled(0) + "<!-- more -->\n\n" + titled(3) + " \n"]
    joined += [titled(0) + " " * (PIECE - len(titled(0).encode()) - cut) + titled(3) for cut in (0, 1, 4, 9, 15, 16, 17)]
    for data in (text.encode() for text in joined):
        for size in (1 << 20, 700):
            assert [p.title for p in everything(data, size)] == [f"Seite {i}" for i in range(6)]
        assert [p.title for p in everything(gzip.compress(data), 1 << 20)] == [f"Seite {i}" for i in range(6)]
    streams = bz2.compress(titled(0).encode()) + bz2.compress(titled(3).encode())
    assert [p.title for p in everything(streams, 10)] == [f"Seite {i}" for i in range(6)]


@pytest.mark.parametrize("after", ["words after the end", "x", "<page/>", "</mediawiki>", "<mediawiki/>" * (MAX_JOINED + 1), "<mediawiki"])
def test_what_stands_after_the_end_of_a_dump_and_is_none_is_damage(after: str) -> None:
    titles = []
    with pytest.raises(Unreadable):
        for p in pages(io.BytesIO(dump(3) + after.encode())):
            titles.append(p.title)
    assert titles == ["Seite 0", "Seite 1", "Seite 2"]


def test_pages_before_damage_in_the_same_piece_are_given() -> None:
    data = dump(5).replace(b"<title>Seite 3", b"<title><<Seite 3")
    titles = []
    with pytest.raises(Unreadable):
        for member in dumps.members(io.BytesIO(data), "d.xml", 0, len(data), {}):
            titles.append(member.title)
    assert titles == ["Seite 0", "Seite 1", "Seite 2"]
    assert site_info(io.BytesIO(data)).name == "Burgenwiki"
    with pytest.raises(Unreadable):
        site_info(io.BytesIO(data.replace(b"<base>", b"<<base>")))


def test_pages_before_the_damage_are_given() -> None:
    data = dump(5)
    found = pages(io.BytesIO(data[: data.index(b"Seite 4")]))
    titles = []
    with pytest.raises(Unreadable):
        for p in found:
            titles.append(p.title)
    assert titles == ["Seite 0", "Seite 1", "Seite 2", "Seite 3"]


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.readers.unpack.MAX_RATIO", 20)
    bomb = bz2.compress(b"<mediawiki><page><title>" + b" " * 20_000_000)
    with pytest.raises(Unreadable, match="times its size"):
        list(pages(io.BytesIO(bomb)))


@given(st.binary(max_size=300))
@settings(max_examples=80)
def test_any_bytes_are_pages_or_unreadable(data: bytes) -> None:
    for start in (b"", b"<mediawiki>", b"<page>"):
        try:
            list(pages(io.BytesIO(start + data)))
        except Unreadable:
            pass


def test_pages_are_read_with_the_namespaces_of_their_own_wiki() -> None:
    head = HEAD.replace("Kategorie", "Qism").replace('<namespace key="0" />', '<namespace key="0" /><namespace key="6">Rasm</namespace>')
    text = "[[Qism:Stein]] [[Rasm:A.png|thumb|Ein Stein]] [[Is:Teil]] [[Category:Haus]] [[de:Wort]] Ende"
    named = head.replace("</namespaces>", '<namespace key="100">Is</namespace></namespaces>')
    one = page(1).replace("&lt;b&gt; ", text)
    (member,) = dumps.members(io.BytesIO((named + one + "</mediawiki>").encode()), "d.xml", 0, len((named + one).encode()) + 12, {})
    options = ParseOptions(title=member.title, extra=member.extra)
    document = clean(member.text, format="wikitext", source=options)
    assert document.tags == ["Stein", "Haus"] and document.images[0].target == "A.png"
    assert [link.target for link in document.links] == ["Is:Teil"] and document.metadata["language_links"] == ["de:Wort"]
    assert document.metadata["dump"]["page_id"] == "11" and "namespaces" not in document.metadata["dump"]
    assert clean(member.text, format="wikitext").tags == ["Haus"]
