"""Pages that are kept in containers: what a saved page shows in its frames, chapters of books that are XML."""

from __future__ import annotations

import io
import zipfile

from pipeline import clean
from pipeline.readers.containers import epub, mhtml
from pipeline.readers.containers.member import Member

PAGE = "<html><head><title>Slate</title></head><body><p>Before it.</p>{0}<p>After it.</p></body></html>"


def saved(*parts: tuple[str, str]) -> list[Member]:
    """Members of a page saved as one file, from (Content-ID, HTML) of its parts."""
    lines = ["MIME-Version: 1.0", 'Content-Type: multipart/related; boundary="-=x"', ""]
    for name, page in parts:
        lines += ["---=x", "Content-Type: text/html; charset=utf-8", f"Content-ID: <{name}>", "", page]
    data = "\r\n".join([*lines, "---=x--", ""]).encode()
    return list(mhtml.members(io.BytesIO(data), "a.mhtml", 0, len(data), {}))


def test_a_frame_that_a_saved_page_shows_is_read_where_it_stands() -> None:
    shows = '<iframe width="600" src="cid:f1@x"></iframe><iframe src="cid:f1@x"></iframe><iframe src="cid:gone@x"></iframe>'
    shown = ("f1@x", "<title>Chart</title><p title='\"'>Depth &lt; 40 m &amp; Café</p>")
    page, other = saved(("p@x", PAGE.format(shows)), shown, ("f2@x", "<p>Buy slate now and never again.</p>"))
    doc = clean(page.text, format="html", mode="clean")
    assert doc.text == "Before it.\n\nDepth < 40 m & Café\n\nAfter it." and doc.title == "Slate"
    assert (other.path, other.skip) == ("a.mhtml!/frame2", "no_page")


def test_frames_that_nobody_sees_or_that_stand_in_frames_are_not_opened() -> None:
    hidden = '<iframe src="cid:f1@x" width="1" height="1"></iframe><iframe src="cid:f2@x"></iframe>'
    inner = ("f2@x", '<p>Outer.</p><iframe src="cid:f3@x"></iframe>')
    page, *others = saved(("p@x", PAGE.format(hidden)), ("f1@x", "<p>Watching.</p>"), inner, ("f3@x", "<p>Inner.</p>"))
    assert clean(page.text, format="html", mode="clean").text == "Before it.\n\nOuter.\n\nAfter it."
    assert [member.path for member in others] == ["a.mhtml!/frame3"]


def test_a_page_without_frames_keeps_its_bytes() -> None:
    page, other = saved(("p@x", PAGE.format("")), ("f1@x", "<p>Nobody shows it.</p>"))
    assert (page.text, other.skip) == ("", "no_page") and page.data.startswith(b"<html>")


def test_chapters_are_read_as_the_xml_that_they_are() -> None:
    chapter = "<html><body><p>Loop:</p><pre><![CDATA[while a < b:]]></pre><p>A <a id='p9'/>page.</p></body></html>"
    package = "<package><manifest><item id='a' href='one.xhtml'/></manifest><spine><itemref idref='a'/></spine></package>"
    container = "<container><rootfiles><rootfile full-path='p.opf'/></rootfiles></container>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name, text in (("META-INF/container.xml", container), ("p.opf", package), ("one.xhtml", chapter)):
            book.writestr(name, text)
    (member,) = epub.members(out, "a.epub", 0, len(out.getvalue()), {})
    assert clean(member.text, format="html", mode="clean").text == "Loop:\n\nwhile a < b:\n\nA page."
