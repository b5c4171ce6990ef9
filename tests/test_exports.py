"""What programs export as one file: feeds, blogs, notebooks, messages. Each entry is a document with what the export says of it."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.readers.containers import feeds, mbox
from tests.test_containers import Place

LONG = "The quarry was opened in 1904 and gave grey slate for the roofs of three towns."


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


RSS = """<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>Quarry news</title><link>https://quarry.example/</link><language>en-gb</language>
<item><title>Slate &amp;amp; &lt;i&gt;schist&lt;/i&gt;</title><link>https://quarry.example/slate?utm_source=feed</link>
<media:title>A picture</media:title><dc:creator>Ann Stone</dc:creator>
<category>slate</category><category>roofs</category><category>slate</category>
<pubDate>Sat, 21 Nov 2026 10:00:00 +0000</pubDate><description>In short.</description>
<content:encoded><![CDATA[<p>{0}
<img src="https://t.example/p.gif" width="1" height="1"></p><p>It closed in 1961.</p>]]></content:encoded></item>
<item><guid isPermaLink="false">tag:2</guid><title>Only a summary</title>
<description>&lt;p&gt;The summary of an entry is all there is of it.&lt;/p&gt;</description></item>
<item><guid>https://quarry.example/three</guid><title>Nothing</title></item>
</channel></rss>"""


def test_entries_of_a_feed_are_documents(place: Place) -> None:
    place.put("news.xml", RSS.replace("{0}", LONG).encode())
    report = place.run()
    found = place.records()
    slate = found["news.xml!/https://quarry.example/slate?utm_source=feed"]
    assert (slate.title, slate.url) == ("Slate & schist", "https://quarry.example/slate")
    assert slate.text == f"{LONG}\n\nIt closed in 1961."
    assert (slate.created, slate.tags, slate.attribution) == ("2026-11-21T10:00:00+00:00", ["slate", "roofs"], "Ann Stone")
    assert slate.language == "en-gb"
    assert json.loads(slate.metadata)["summary"] == "In short." and json.loads(slate.metadata)["feed"] == "Quarry news"
    assert found["news.xml!/tag:2"].text == "The summary of an entry is all there is of it."
    assert place.quarantined() == {"news.xml!/https://quarry.example/three": "it is empty"}
    assert report.accounting.found == 3


def test_atom_says_what_its_texts_are(place: Place) -> None:
    links = '<link rel="edit" href="/e"/><link href="/{0}"/>'
    entry = "<entry><title>{0}</title><id>urn:{0}</id>" + links + "<updated>2026-11-21T10:00:00Z</updated>{1}</entry>"
    words = '<div xmlns="http://www.w3.org/1999/xhtml"><p>Grey <b>slate</b> of the quarry.</p><p>It lies deep.</p></div>'
    xhtml = f'<content type="xhtml">{words}</content>'
    html = '<author><name>Ann</name></author><category term="stone"/>'
    html += '<content type="html">&lt;p&gt;Black &amp;amp; white.&lt;/p&gt;</content>'
    text = "<summary>Where a &lt; b, the stone is &lt;b&gt; in words.</summary>"
    entries = entry.format("x", xhtml) + entry.format("h", html) + entry.format("t", text)
    head = '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>F</title><link href="https://f.example/"/>'
    place.put("f.atom", (head + entries + "</feed>").encode())
    place.run()
    found = {r.title: r for r in place.records().values()}
    assert found["x"].text == "Grey slate of the quarry.\n\nIt lies deep." and found["x"].url == "https://f.example/x"
    assert found["h"].text == "Black & white." and (found["h"].attribution, found["h"].tags) == ("Ann", ["stone"])
    assert found["t"].text == "Where a < b, the stone is <b> in words." and found["t"].modified == "2026-11-21T10:00:00Z"
    assert {r.language for r in found.values()} == {"de"}


BLOG = """<?xml version="1.0"?><!-- WXR --><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Blog</title>
<link>https://b.example</link>{0}</channel></rss>"""
POST = """<item><title>{0}</title><link>https://b.example/{0}</link><content:encoded><![CDATA[{2}]]></content:encoded>
<excerpt:encoded><![CDATA[]]></excerpt:encoded><wp:post_type>{1}</wp:post_type><wp:status>{3}</wp:status>{4}</item>"""


def test_a_blog_is_its_posts_and_pages(place: Place) -> None:
    written = 'Grey slate.\nOn roofs.\n\n[caption id="a" width="3"]<img src="s.png" alt=""> The roof[/caption]\n\n<pre>a\n\nb</pre>\nLast.'
    blocks = "<!-- wp:paragraph -->\n<p>Schist\nis folded.</p>\n<!-- /wp:paragraph -->"
    comment = "<wp:comment><wp:comment_content>Nice!</wp:comment_content></wp:comment>"
    posts = [("one", "post", written, "publish", comment * 2), ("two", "page", blocks, "draft", "")]
    posts += [("pic", "attachment", "a picture", "inherit", ""), ("bin", "post", "gone", "trash", "")]
    place.put("blog.xml", BLOG.replace("{0}", "".join(POST.format(*post) for post in posts)).encode())
    report = place.run()
    found = {r.title: r for r in place.records().values()}
    assert found["one"].text == "Grey slate.\nOn roofs.\n\nThe roof\n\na\n\nb\n\nLast."
    assert [b.kind for b in found["one"].blocks] == ["paragraph", "caption", "code", "paragraph"]
    assert found["two"].text == "Schist is folded." and json.loads(found["two"].metadata)["status"] == "draft"
    assert report.skipped == {"attachment": 1, "comment": 2, "no_page": 1}


def test_notes_of_an_export_are_documents(place: Place) -> None:
    note = """<note><title>{0}</title><created>20261121T100000Z</created><updated>20261122T100000Z</updated><tag>lab</tag>
<note-attributes><author>Ann</author><source-url>https://x.example/a</source-url></note-attributes><content><![CDATA[<?xml version="1.0"?>
<!DOCTYPE en-note SYSTEM "http://xml.evernote.com/pub/enml2.dtd"><en-note><div>{1}</div><div><en-todo checked="true"/>Order slate</div>
<en-media hash="a" type="image/png"/></en-note>]]></content><resource><data encoding="base64">iVBORw0KGgo=</data></resource></note>"""
    head = '<?xml version="1.0"?><!DOCTYPE en-export SYSTEM "http://xml.evernote.com/pub/evernote-export4.dtd">'
    notes = note.format("One", LONG) + note.format("One", "A second note of the same name.")
    place.put("notes.enex", f'{head}<en-export application="Evernote">{notes}</en-export>'.encode())
    place.run()
    texts = sorted((r.title, r.text, r.created, r.modified, tuple(r.tags), r.url) for r in place.records().values())
    dates = ("2026-11-21T10:00:00Z", "2026-11-22T10:00:00Z", ("lab",), "https://x.example/a")
    assert texts == [("One", "A second note of the same name.\n\nOrder slate", *dates), ("One", f"{LONG}\n\nOrder slate", *dates)]


def test_feeds_that_are_damaged_say_so_and_give_what_they_can(place: Place) -> None:
    start = '<rss version="2.0"><channel><item><description>{0}</description></item>'
    entities = '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    place.put("cut.xml", (start.format("The words before the damage stand.") + "<item><desc").encode())
    place.put("bomb.xml", (entities + start.format("The words &b; &b; stand.") + "</channel></rss>").encode())
    place.put("empty.xml", b'<rss version="2.0"><channel><title>Empty</title></channel></rss>')
    place.run()
    said = {path.partition(".")[0]: error for path, error in place.quarantined().items()}
    assert said.keys() == {"cut", "empty"} and "broken at line 1" in said["cut"] and said["empty"] == "the file holds no documents"
    assert sorted(r.text for r in place.records().values()) == ["The words &b; &b; stand.", "The words before the damage stand."]


def test_other_xml_is_no_feed(tmp_path: Path) -> None:
    for number, head in enumerate((b"<feed><a/></feed>", b"<html><rss></html>", b"", b"<mediawiki>")):
        file = tmp_path / f"{number}.xml"
        file.write_bytes(head)
        with file.open("rb") as opened:
            assert not feeds.opens(opened, {})


def test_pieces_of_a_post_are_found_in_linear_time() -> None:
    for text in ("<pre" * 50_000, "</pre><pre>" * 20_000, "[caption]<img " * 30_000, "\n" * 100_000):
        start = time.process_time()
        feeds._html(text, True)
        assert time.process_time() - start < 2, "100 kB of it take 20 ms, quadratic time would be a minute"


def mail(kind: str, body: bytes, more: str = "", coding: str = "8bit") -> bytes:
    head = "From: =?utf-8?q?Ann_St=C3=B6ne?= <ann@q.example>\r\nTo: bob@q.example\r\nSubject: Slate\r\n"
    head += "Date: Sat, 21 Nov 2026 10:00:00 +0100\r\n"
    return f"{head}MIME-Version: 1.0\r\nContent-Type: {kind}\r\n{more}Content-Transfer-Encoding: {coding}\r\n\r\n".encode() + body


def parts(mark: str, *bodies: tuple[str, str]) -> str:
    return "".join(f"--{mark}\r\nContent-Type: {kind}\r\n\r\n{body}\r\n" for kind, body in bodies) + f"--{mark}--\r\n"


def test_a_message_is_its_text_with_subject_sender_and_date(place: Place) -> None:
    flowed = "The quarry was opened \r\nin 1904.\r\n> Really? \r\nYes.\r\n-- \r\nAnn\r\n"
    place.put("flowed.eml", mail("text/plain; charset=utf-8; format=flowed", flowed.encode()))
    place.put("old.eml", mail("text/plain; charset=iso-8859-2", "Břidlice leží v zásuvce.".encode("iso-8859-2")))
    news = f'<html><body><p>{LONG}</p><img src="https://t.example/open.gif" width="1" height="1"></body></html>'
    both = parts("in", ("text/plain", "In plain words."), ("text/html", news))
    list_mark = ("text/plain", "You get this mail as a reader of the list.\r\n\r\nLeave it any time.")
    files = (("multipart/alternative; boundary=in", both), ('application/pdf; name="a.pdf"', "%PDF"), list_mark)
    place.put("news.eml", mail("multipart/mixed; boundary=out", parts("out", *files).encode()))
    report = place.run()
    found = {r.raw.path.removeprefix("s/").partition(".")[0]: r for r in place.records().values()}
    assert found["flowed"].text == "The quarry was opened in 1904.\n> Really?\nYes.\n--\nAnn"
    assert found["old"].text == "Břidlice leží v zásuvce."
    assert found["news"].text == f"{LONG}\n\nYou get this mail as a reader of the list.\n\nLeave it any time."
    assert {(r.title, r.created, r.attribution) for r in found.values()} == {("Slate", "2026-11-21T10:00:00+01:00", "Ann Stöne")}
    assert json.loads(found["news"].metadata)["to"] == "bob@q.example"
    assert report.skipped == {"attachment": 1} and not place.quarantined()


def test_messages_that_cannot_be_read_say_why(place: Place) -> None:
    place.put("cut.eml", mail("text/plain", b"AAAAA", coding="base64"))
    place.put("empty.eml", mail("text/plain", b" "))
    deep = "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 5_000
    place.put("deep.eml", mail("multipart/mixed; boundary=b", deep.encode()))
    place.put("note.eml", b"Only words, and no head of a message above them, as they stand in a file.")
    place.run()
    assert {path.partition(".")[0] for path in place.quarantined()} == {"cut", "empty", "deep"}
    assert [r.text for r in place.records().values()] == ["Only words, and no head of a message above them, as they stand in a file."]


def test_a_mailbox_is_its_messages(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox, "CHUNK", 3_000)
    monkeypatch.setattr(mbox, "PIECE", 100)
    texts = [f"Message {n} is about the slate of quarry {n} and of no other.\r\n\r\n>From there it went to the town." for n in range(20)]
    both = parts("b", ("text/plain", LONG), ("application/pdf", "%PDF"))
    letters = [mail("text/plain; charset=utf-8", t.encode(), f"Message-ID: <{n}@q.example>\r\n") for n, t in enumerate(texts)]
    letters += [mail("multipart/mixed; boundary=b", both.encode()), mail("text/plain", b"AAAAA", coding="base64")]
    place.put("all.mbox", b"".join(b"From ann@q.example Sat Nov 21 10:00:00 2026\r\n" + letter + b"\r\n\r\n" for letter in letters))
    report = place.run(workers=2)
    found = {path.removeprefix("all.mbox!/"): r for path, r in place.records().items()}
    assert {f"{n}@q.example" for n in range(20)} < found.keys() and len(found) == 21
    assert found["7@q.example"].text == "Message 7 is about the slate of quarry 7 and of no other.\n\nFrom there it went to the town."
    assert list(place.quarantined().values()) == ["a text of the message is cut or damaged"] and report.skipped == {"attachment": 1}


def test_a_notebook_is_its_words_its_code_and_what_it_printed(place: Place) -> None:
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["slope 2.0\n"]},
        {"output_type": "execute_result", "data": {"text/html": "<b>x</b>", "text/plain": "array([1, 2])"}},
        {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo="}},
        {"output_type": "error", "ename": "ValueError", "evalue": "no slate", "traceback": ["\x1b[0;31mValueError"]},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# Weight of slate\n", "\n", "We fit a **line** to what was weighed."]},
        {"cell_type": "code", "source": 'print("""\n```\n""")\n', "outputs": outputs},
        {"cell_type": "raw", "source": ""},
        "no cell",
    ]
    stated = {"kernelspec": {"language": "python"}, "authors": [{"name": "Ann"}]}
    place.put("fit.ipynb", json.dumps({"nbformat": 4, "metadata": stated, "cells": cells}).encode())
    old = {"worksheets": [{"cells": [{"cell_type": "heading", "level": 2, "source": "Old"}, {"cell_type": "code", "input": "1 + 1"}]}]}
    place.put("old one.ipynb", json.dumps(old).encode())
    place.put("none.ipynb", b"[1]")
    place.put("empty.ipynb", b'{"cells": []}')
    place.run()
    found = {r.title: r for r in place.records().values()}
    fit = found["Weight of slate"]
    assert fit.text.startswith("Weight of slate\n\nWe fit a line to what was weighed.\n\nprint(") and fit.attribution == "Ann"
    code = [fit.text[b.start : b.end] for b in fit.blocks if b.kind == "code"]
    assert code == ['print("""\n```\n""")', "slope 2.0", "array([1, 2])", "ValueError: no slate"]
    assert found["old one"].text == "Old\n\n1 + 1"
    assert place.quarantined() == {"none.ipynb!/@0-": "the file is no notebook", "empty.ipynb!/notebook": "it is empty"}


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ({"title": "Slate", "text": LONG}, [LONG]),
        ([{"body": LONG, "id": 1}, {"body": "Schist breaks in plates.", "id": 2}], ["Schist breaks in plates.", LONG]),
        ({"count": 1, "results": [{"name": "Slate", "content": LONG}]}, [LONG]),
        ({"name": "slate", "version": "1.0", "files": ["a", "b"]}, ['{"name": "slate", "version": "1.0", "files": ["a", "b"]}']),
    ],
)
def test_json_that_names_its_text_is_rows_and_other_json_is_a_file(place: Place, value: object, texts: list[str]) -> None:
    place.put("a.json", json.dumps(value).encode())
    place.run()
    assert sorted(r.text for r in place.records().values()) == texts and not place.quarantined()


def test_xml_of_another_kind_is_named_not_read_as_a_page(place: Place) -> None:
    """A parser of pages would glue what stands in elements it does not know, and take a title for the page's."""
    tei = f'<?xml version="1.0"?>\n<!-- an edition -->\n<TEI><title>Slate</title><body><p>{LONG}</p></body></TEI>'
    place.put("edition.xml", tei.encode())
    place.put("page.xml", f'<?xml version="1.0"?><!DOCTYPE html><html><body><p>{LONG}</p></body></html>'.encode())
    place.run()
    (error,) = place.quarantined().values()
    assert "XML of another kind: <TEI>" in error and [r.text for r in place.records().values()] == [LONG]


def test_bytes_at_random_never_end_a_run(place: Place) -> None:
    noise = random.Random(7)
    both = parts("b", ("text/plain", LONG), ("text/html", f"<p>{LONG}</p>"))
    good = [RSS.encode(), mail("multipart/alternative; boundary=b", both.encode()), json.dumps({"cells": [{"source": LONG}]}).encode()]
    for number in range(60):
        data = bytearray(good[number % 3])
        for _ in range(noise.randrange(1, 8)):
            data[noise.randrange(len(data))] = noise.randrange(256)
        place.put(f"{number}.{('xml', 'eml', 'ipynb')[number % 3]}", bytes(data))
    place.run()


def test_what_a_container_states_is_said_by_the_command_too(place: Place) -> None:
    place.put("one.eml", mail("text/plain; charset=utf-8", LONG.encode()))
    done = CliRunner().invoke(main, ["clean", str(place.raw / "s" / "one.eml"), "--as", "json"])
    said = json.loads(done.output)
    assert (said["title"], said["created"], said["attribution"]) == ("Slate", "2026-11-21T10:00:00+01:00", "Ann Stöne")
    assert said["metadata"]["to"] == "bob@q.example"


def test_a_source_is_proposed_from_what_its_containers_hold(place: Place, tmp_path: Path) -> None:
    def new(name: str, file: str, data: str) -> str:
        (tmp_path / file).write_text(data)
        places = ["--raw", str(place.raw), "--cases", str(tmp_path / "no" / "cases.md")]
        done = CliRunner().invoke(main, ["sources", "new", name, "--sample", str(tmp_path / file), *places])
        return done.output + str(done.exception or "")

    said = new("news", "news.xml", RSS.replace("{0}", LONG))
    assert "html (its container says so)" in said and f"-- after: {len(LONG) + 20} characters" in said
    assert "format" not in (place.raw / "sources.toml").read_text().split("[sources.news]")[1]
    assert "holds no documents" in new("none", "empty.xml", '<rss version="2.0"><channel></channel></rss>')
