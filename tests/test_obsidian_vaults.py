"""Files of a vault are notes, whatever they show, and what plugins write in them is no text that was hidden."""

from __future__ import annotations

import json
import time

import pytest

from pipeline.convert import clean
from pipeline.parsers.detect import choose, rank

PAGE = "<html>\n<head><title>Stones</title></head>\n<body>\n<?php echo 1; ?>\n</body>\n</html>\n"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"A page that lists stones:\n\n{PAGE}", "tasks/php.md"),
        (f"# Stones\n\n```html\n{PAGE}```\n\nThen <b>open</b> it.\n\n<table><tr><td>one</td></tr></table>\n", "web.md"),
        (json.dumps({"type": "excalidraw", "elements": [{"type": "text", "text": "two words"}]}, indent=2), "draw/a.excalidraw"),
    ],
)
def test_a_file_named_like_a_note_is_one(text: str, path: str) -> None:
    assert choose(rank(text, path)) == "obsidian"


def test_a_page_saved_under_the_name_of_a_note_is_a_page() -> None:
    assert choose(rank("<!DOCTYPE html>\n" + PAGE, "page.md")) == "html"
    assert choose(rank(PAGE, "page.html")) == "html"


def test_marks_of_plugins_are_no_hidden_text() -> None:
    marks = "%% begin notes %%\n\nWords.\n\n%% end notes %%\n\n" * 4
    query = "%% PUBLISHER: start\n```dataview\nLIST FROM #stone WHERE file.name != this.file.name AND file.size > 100\n```\n%%\n"
    assert clean(marks + query, format="obsidian").flags == []
    assert clean("%% what nobody who reads the note will ever see of it, at all %%", format="obsidian").flags == ["hidden_text"]


def test_joiners_of_persian_stay() -> None:
    zwnj = "\u200c"
    text = f"API{zwnj}ها و ایده{zwnj}{zwnj}های wiki{zwnj}پدیا، co{zwnj}op{zwnj} ."
    assert clean(text, format="obsidian").text == f"API{zwnj}ها و ایده{zwnj}های wiki{zwnj}پدیا، coop ."


LONG = 100_000
RUNS = {
    "spaces behind attributes": "{#a}" + " " * LONG + "x",
    "attributes that never end": "x {.a" + " b=c" * (LONG // 4),
    "an open quote among attributes": 'x {.a b="' + "c " * (LONG // 2),
    "the size of a picture that never ends": "![](a){x=" + "b " * (LONG // 2),
    "open marks of footnotes": "[^" * (LONG // 2),
    "line breaks alone": "<br>\n" * (LONG // 5),
    "raised numbers": "<sup>1</sup> " * (LONG // 13),
    "rows of links": "|a|\n|-|\n" + "[[x|y]] z\n" * (LONG // 20),
    "dollars in rows": "| $$ " * (LONG // 5) + "|",
    "colons": " :::" * (LONG // 4) + "%",
    "a box whose title never ends": "!!! a" + " " * LONG + ";\n\n    x",
    "spaces in a setting": "```ad-note\ntitle: a" + " " * LONG + ";\nx\n```",
    "spaces in an aside": "<aside>a" + " " * LONG + ";</aside",
    "remarks that never end": "<A>\n" + "{/*" * (LONG // 3),
    "spaces in a value that is repaired": "---\na: {{x" + " " * 60_000 + "b\n---\n",
    "a key that never ends": "---\n@a: &\na" + " " * 60_000 + "b\nc: {{\n---\n",
    "commands that never end": '---\ntitle: "' + "<%" * 30_000 + '"\n---\n',
    "the name of an attribute": "(<a " + "a" * LONG + "-->",
    "an open string of what is no canvas": "{" + '"<p>\\' * (LONG // 5) + "a",
    "tabs in a field that never ends": "(a::^(a::" + "`\t" * (LONG // 2) + "1.",
    "numbers behind their sign": "---\n" + "a: x #1 " * (LONG // 10) + "\n---\n",
}


@pytest.mark.parametrize("name", RUNS)
def test_what_repeats_costs_linear_time(name: str) -> None:
    start = time.process_time()
    clean(RUNS[name], format="obsidian", path="note.md")
    assert time.process_time() - start < 1.0  # ten times what the slowest takes; the square of its length took ten seconds and more
