"""Detection: bounded whatever a document is made of."""

from __future__ import annotations

import time

import pytest

from pipeline.parsers.detect import HEAD, choose, rank

SIGNS = "[a]( [a](<b [http://a [[File: [[ {{a| <a ![ '''a == __A * --- # ``` ~~~ > | &lt; <ref ="
UNITS = [*SIGNS.split(), "[http://a ", "* [[", "\n* [["]


@pytest.mark.parametrize("unit", UNITS)
def test_no_sign_is_looked_for_again_and_again(unit: str) -> None:
    head = unit * (HEAD // len(unit))
    start = time.process_time()
    rank(head, "x")
    assert time.process_time() - start < 0.5, "some 20 ms; a pattern that runs to the end from every place takes seconds"


@pytest.mark.parametrize("word", ["milk", "好的", "7", "+ x"])
def test_a_word_is_text(word: str) -> None:
    assert choose(rank(word, "a.txt")) == "text"


def test_signs_alone_are_nothing() -> None:
    assert not rank("☃ --- ...", "a.txt")


def test_a_name_tells_a_program_but_not_a_wiki_page_of_that_title() -> None:
    program = "# Make the plots\n\n- one\n- two\n\nSee [a link](https://ex.com) and **bold** words.\n"
    assert [choose(rank(program, path)) for path in ("plot.py", "notes.org", "plot.md")] == ["text", "text", "obsidian"]
    page = "'''xorg.conf''' is a [[file]].<ref>x</ref>\n\n== Kinds ==\n* grey\n* red\n\n[[Category:Files]]\n"
    assert choose(rank(page, "pages/xorg.conf")) == "wikitext"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_items_of_a_numbered_list_are_no_headings_of_a_note(end: str) -> None:
    lines = "==English==", "", "===Adverb===", "{{en-adv}}", "", "# In a [[slow]] manner.", "# Late.", "", "====Like it====", "* [[slowly]]"
    assert choose(rank(end.join(lines), "slow.txt")) == "wikitext"
    note = "# Adverbs", "", "## Slow", "", "In a [[slow]] manner, ==late==.", "", "- [[slowly]]", "- late", ""
    assert choose(rank(end.join(note), "slow.txt")) == "obsidian"


def test_a_long_text_with_a_stray_tag_is_text() -> None:
    letter = "The harbour fills twice a day, and the boats leave with the tide.\n" * 400
    assert choose(rank(letter + "A bit of\nwreck</font> lay there.\n" + letter, "letter.txt")) == "text"
    assert choose(rank(f"<p>{letter}</p><p>{letter}</p>", "letter.html")) == "html"


@pytest.mark.parametrize(
    "note",
    [
        "---\ntitle: Basalt\ntags: [rock]\n---\nA dark rock.\n",
        "---\ntitle: Basalt\n---\n<h2>Kinds</h2>\n<p>A dark rock.</p>\n<ul><li>grey</li></ul>\n",
        "A dark rock, as here:\n\n![[basalt.png]]\n",
        "type:: [[Rock]]\ncolour:: dark\n",
    ],
)
def test_a_note_without_a_name_is_told_by_what_only_notes_have(note: str) -> None:
    assert choose(rank(note, "row 7")) == "obsidian"


def test_a_rule_above_a_text_is_no_front_matter() -> None:
    assert choose(rank("---\nA dark rock\n---\nIt forms where lava cools.\n", "row 7")) != "obsidian"
