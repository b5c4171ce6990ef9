"""Wikitext: the light tree against mwparserfromhell, bounds on cost, repair of lost line ends, positions, data files."""

from __future__ import annotations

import bz2
import gzip
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import mwparserfromhell
import pytest
from casefile import all_cases
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.convert import clean, detect
from pipeline.parsers.wikitext import data, nodes, tokens
from pipeline.parsers.wikitext.bounds import bound
from pipeline.parsers.wikitext.degraded import degraded
from pipeline.parsers.wikitext.plain_links import hide
from pipeline.parsers.wikitext.repair import repair
from pipeline.parsers.wikitext.strip import strip

CORPUS = Path(os.environ.get("PIPELINE_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))
OWN = [case.raw for case in all_cases() if case.format == "wikitext"]
SIGNS = [
    "{{",
    "}}",
    "{{{",
    "}}}",
    "[[",
    "]]",
    "[http://a ",
    "]",
    "|",
    "=",
    "==",
    "\n",
    "* ",
    "; a : b",
    "<b>",
    "</b>",
    "<ref>",
    "</ref>",
    "<br>",
]
SIGNS += [
    "<!--",
    "-->",
    "''",
    "'''",
    "{|",
    "|}",
    "|-",
    "&amp;",
    "word ",
    "a",
    ":",
    "<nowiki>",
    "</nowiki>",
    "File:x|thumb|",
    "Category:y",
    "http://b.c/",
    "{{#ask: [[a::b]] ",
    "<tabber>",
    "|-|t=",
    "<tvar|x>",
    "</>",
    "-{zh-cn:",
    "}-",
]
TAIL = "\n\nThe tail of the page stands here."


def articles() -> Iterator[tuple[str, str]]:
    path = CORPUS / "wikitext-articles.xml.bz2"
    if not path.exists():
        pytest.skip(f"no {path.name}: set PIPELINE_CORPUS to the folder that holds it")
    with bz2.open(path) as file:
        for _, page in ElementTree.iterparse(file):
            if page.tag.endswith("}page"):
                parts = {e.tag.rpartition("}")[2]: e for e in page.iter()}
                if parts["ns"].text == "0" and parts["text"].text:
                    yield str(parts["title"].text), str(parts["text"].text)
                page.clear()


def some_articles(every: int) -> list[str]:
    return [text for i, (_, text) in enumerate(articles()) if i % every == 0]


def test_pages_in_other_scripts_are_recognised() -> None:
    page = "{{संदर्भहीन लेख}}\n\n'''नदी''' ही [[उत्तर]] दिशेला आहे.\n\n[[वर्ग:नदी]]\n"
    found = detect(page)[0]
    assert found.format == "wikitext"
    assert found.score >= 0.5


# -- the light tree -------------------------------------------------------------------------------------------------------


def shape(tree: nodes.Nodes) -> list[Any]:
    """Kinds, order, attributes and text of a tree."""
    found: list[Any] = []
    for n in tree:
        if isinstance(n, str):
            if n and found and isinstance(found[-1], str):
                found[-1] += n
            elif n:
                found.append(n)
            continue
        params = [(p.name and shape(p.name), shape(p.value)) for p in n.params]
        attributes = [(shape(a), None if b is None else shape(b)) for a, b in n.attributes or ()]
        found.append((n.kind, shape(n.head), None if n.body is None else shape(n.body), params, n.mark, n.level, attributes))
    return found


def same_tree(text: str, skip_style: bool) -> bool:
    ours = tokens.tree(text, skip_style=skip_style)
    theirs = tokens._nodes(mwparserfromhell.parse(text, skip_style_tags=skip_style))
    return shape(ours.root) == shape(theirs)


@pytest.mark.parametrize("skip_style", [True, False])
def test_the_tree_is_the_public_parser_s_on_our_cases(skip_style: bool) -> None:
    assert [text for text in OWN if not same_tree(text, skip_style)] == []


def test_the_tree_is_the_public_parser_s_on_articles() -> None:
    assert all(same_tree(text, True) for text in some_articles(40))


def test_the_tree_is_the_public_parser_s_on_parser_tests() -> None:
    path = CORPUS / "wikitext-parsertests-dev.jsonl.gz"
    if not path.exists():
        pytest.skip(f"no {path.name}: set PIPELINE_CORPUS to the folder that holds it")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line)["wikitext"] for line in lines]
    assert [text for text in rows[::3] if not same_tree(text, True)] == []


@given(st.lists(st.sampled_from(SIGNS), max_size=24).map("".join))
@settings(max_examples=150)
def test_places_in_the_tree_add_up_for_any_markup(text: str) -> None:
    tree = tokens.tree(text)
    assert tree.exact
    for node in tree.root:
        if not isinstance(node, str):
            assert 0 <= node.start <= node.end <= len(text)


def test_the_slower_doors_give_the_same_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    from mwparserfromhell.parser.tokenizer import Tokenizer

    expected = [shape(tokens.tree(text).root) for text in OWN[:6]]
    monkeypatch.setattr(tokens, "Tokenizer", Tokenizer)
    assert [shape(tokens.tree(text).root) for text in OWN[:6]] == expected
    monkeypatch.setattr(tokens, "Tokenizer", None)
    assert [shape(tokens.tree(text).root) for text in OWN[:6]] == expected
    assert clean(OWN[0], format="wikitext").title == "Low Mere"


# -- cost -----------------------------------------------------------------------------------------------------------------

OPENERS = [
    "{{a|",
    "{{{b|",
    "[[c|",
    "[http://d ",
    "<b>",
    "<ref>",
    "<!--",
    "<nowiki>",
    "<math>",
    '<a b="',
    "{|\n|",
    "==e\n",
    "* ",
    "''f",
    "{{a|[[b|}}]]",
]
OPENERS += [
    "{{",
    "[[",
    "[",
    "{",
    "<",
    "=",
    "'",
    "{{a|{{{b|",
    "{{a|\n== h ==",
    "[[File:x|[[",
    "[http://a <b>",
    "[http://a {{lang|fr|",
    "=&amp;",
    "<li>",
    "<td>",
    "( , ",
    "|",
    "&",
    "-{",
    "{{a}}{{",
    "<b>[[a|</b>]]",
    "</div>",
    "</li> <li>",
    "\n{|\n|a||",
    "\n;a:b",
    "p <0.05 ",
    "<é",
    "<tr><td>a",
    "<ul><li>a",
    "<table><li>a",
    "<dl><dt>a<dd>b",
    "</td>",
    "{{{-{{{a|1|km}}",
    "{{{{{a}}",
    "{{{{{{{a|1|km}}",
    "{{b|{{{a}}}}}",
    "{{a|<td>}}",
    "}}{{a|<td>",
    "{{a|}}",
    "{| ",
]


def costs_linear_time(text: Callable[[int], str]) -> None:
    def cost(size: int) -> float:
        start = time.process_time()
        document = clean(text(size), format="wikitext")
        assert "The tail of the page stands here." in document.text
        return time.process_time() - start

    for _ in range(3):  # a neighbour's burst passes, what is not linear fails each time
        small, large = min(cost(5_000), cost(5_000)), cost(20_000)
        if large < 0.15 or large < min(0.6, 8 * small):  # short times are noise
            return
    raise AssertionError(f"{small} s for 5 kB, {large} for 20")


@pytest.mark.parametrize("unit", OPENERS)
def test_what_never_closes_costs_linear_time_and_keeps_the_tail(unit: str) -> None:
    costs_linear_time(lambda size: unit * (size // len(unit)) + TAIL)


@pytest.mark.parametrize(
    ("opens", "closes"), [("<i><b>", "</b></i>"), ("<ul><li>x\n* y ", "</li></ul>"), ("<div><span>a ", "</span></div>")]
)
def test_tags_inside_one_another_cost_linear_time_and_keep_the_tail(opens: str, closes: str) -> None:
    """Beyond forty the parser tries each again, and again around those: 96 kB of the second took 43 s."""

    def text(size: int) -> str:
        depth = size // len(opens + closes)
        return opens * depth + closes * depth + TAIL

    costs_linear_time(text)


@pytest.mark.parametrize(
    "unit",
    [
        "[[File:a.jpg|thumb|w <table><tr><td>a]]</td></tr></table>",
        "[[File:a.jpg|thumb|w\n== a ]] ==\n",
        "<div>a\n== a </div> ==\n",
        "{{{a|\n== a }}} ==\n",
        "{{efn|\n== a }} ==\n",
        "{{a|b=[http://a.example w }}]",
        "[http://a.example w {{a|x]}}",
        "[http://a.example w <div>a]</div>",
        '<span title="[[a|x"></span>]]',
        '<span title="{{{a|x"></span>}}}',
    ],
)
def test_what_ends_in_the_midst_of_something_else_costs_linear_time(unit: str) -> None:
    """The parser finds the end of the one, never that of the other: 24 kB of the last took 12 s, of most 3."""
    costs_linear_time(lambda size: unit * (size // len(unit)) + TAIL)


@pytest.mark.parametrize(
    ("around", "expected"),
    [
        ("{|\n|-\n|<ul><li>a<li>b\n|-\n|c||d\n|}", "a; b\nc | d"),
        ("[[File:x.jpg|thumb|a<li>b]]\n[[c]] d", "a; b\n\nc d"),
        ("[[a|b<td>c]] d</td> e", "b c d e"),
    ],
)
def test_an_item_without_its_end_swallows_no_table_and_no_link(around: str, expected: str) -> None:
    assert clean(around, format="wikitext").text == expected


def test_tags_that_never_close_are_around_nothing() -> None:
    found = clean("<p>a\n" * 60 + "<ul><li>one</li><li>two</li></ul>\n<i>b</i>", format="wikitext")
    assert [block.kind for block in found.blocks][-3:] == ["list_item", "list_item", "paragraph"]


@pytest.mark.parametrize("around", ["{{a|%s}}", "<table>%s</table>", "<ref>%s</ref>", "\n{|\n|%s\n|}\n"])
@pytest.mark.parametrize("unit", ["p <0.05 ", "<tr><td>a", "<ul><li>a", "</td>", "<table><li>", "words of a box, "])
def test_what_never_closes_costs_linear_time_inside_other_markup(unit: str, around: str) -> None:
    start = time.process_time()
    document = clean(around % (unit * (50_000 // len(unit))) + TAIL, format="wikitext")
    assert "The tail of the page stands here." in document.text
    assert time.process_time() - start < 1, "quadratic time is three seconds and more"


NESTED = [
    "w {{a|",
    "* {{a|title=b|c=",
    "<ref>{{a|",
    "{{quote|",
    "{{a|en|",
    "{{a|A sentence that is long enough to be one. ",
    "{{#switch:a|",
    "{{#if:a|",
    "{{#ifeq:a|",
    "{{#if:",
]


@pytest.mark.parametrize("opener", NESTED)
def test_templates_in_templates_are_looked_at_once(opener: str) -> None:
    closer = ("}}</ref>" if "<ref>" in opener else "}}") + (" w" if opener.startswith("w") else "")
    start = time.process_time()
    document = clean(opener * 24 + "x" + closer * 24 + TAIL, format="wikitext")
    assert document.text.endswith(TAIL.strip())
    assert time.process_time() - start < 0.5  # twice at each level would take minutes


def test_masked_openers_are_reported() -> None:
    document = clean("{{a| [[b " * 3000 + TAIL, format="wikitext")
    assert "degraded" in document.flags
    assert [d.code for d in document.diagnostics] == ["wikitext.unclosed_markup"]


def test_real_pages_are_never_masked() -> None:
    assert all(not bound(strip(text).text).masked for text in some_articles(3))


def test_a_parser_that_fails_costs_structure_not_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("pipeline.parsers.wikitext.document.quiet_tree", broken)
    document = clean("{{a|b}} '''Word''' [[c|d]].\n\n* e", format="wikitext")
    assert document.text == "Word d.\n\ne"
    assert document.flags == ["degraded"]
    assert [d.code for d in document.diagnostics] == ["wikitext.parser_failed"]


@given(st.text(max_size=200))
@settings(max_examples=80)
def test_the_last_resort_takes_any_text(text: str) -> None:
    assert all(draft.text for draft in degraded(text))


@given(st.lists(st.sampled_from([*SIGNS, "\x00", "\x05", "\x01", "\r\n", "é", "\u200b", "𝔘", "\x13"]), max_size=30).map("".join))
@settings(max_examples=200)
def test_any_text_gives_a_well_formed_document(text: str) -> None:
    document = clean(text, format="wikitext")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", document.text)
    assert "parser_failed" not in " ".join(d.code for d in document.diagnostics)
    at = 0
    for block in document.blocks:
        assert at <= block.start < block.end <= len(document.text)
        assert -1 <= block.raw_start <= block.raw_end <= len(text.encode())
        at = block.end
    for link in document.links:
        assert document.text[link.start : link.end] == link.text


# -- positions ------------------------------------------------------------------------------------------------------------


def test_raw_spans_hold_the_words_of_their_blocks() -> None:
    for text in some_articles(30):
        raw = text.encode()
        document = clean(text, format="wikitext")
        for block in document.blocks:
            if block.kind not in ("paragraph", "list_item", "heading") or block.raw_start < 0:
                continue
            words = re.findall(r"[A-Za-z]{4,}", document.text[block.start : block.end])
            source = raw[block.raw_start : block.raw_end].decode()
            missing = [word for word in words if word not in source]
            missing = [word for word in missing if word.rstrip("s") not in source]  # [[word]]s is one word
            assert len(missing) <= 0.2 * len(words) + 2, (missing, source[:200])


def test_hidden_links_keep_every_position() -> None:
    assert all(len(hide(text)) == len(text) for text in OWN)


def test_a_comment_on_its_own_line_takes_the_line_with_it() -> None:
    assert strip("a\n <!-- b --> \nc").text == "a\nc"
    assert strip("a<!-- b -->c").text == "ac"


# -- repair ---------------------------------------------------------------------------------------------------------------


def collapse(text: str, one_line: bool = False) -> str:
    blocks = [" ".join(block.split()) for block in re.split(r"\n\s*\n", text)]
    return (" " if one_line else "\n\n").join(block for block in blocks if block)


def test_repair_gives_back_what_collapse_took() -> None:
    for text in some_articles(12):
        whole, broken = clean(text, format="wikitext"), clean(collapse(text), format="wikitext")
        headings = [[d.text[b.start : b.end] for b in d.blocks if b.kind == "heading"] for d in (whole, broken)]
        assert set(headings[0]) == set(headings[1]) or len(set(headings[0]) ^ set(headings[1])) <= 1
        assert whole.tags == broken.tags


def test_repair_is_idempotent_and_leaves_well_formed_pages_alone() -> None:
    for text in [*OWN, *some_articles(6)]:
        once = repair(collapse(text))
        if once:
            assert repair(once.text) is None
    assert [text[:40] for text in some_articles(2) if repair(text)] == []


def test_repair_leaves_programs_and_markdown_alone() -> None:
    folder = Path(os.__file__).parent
    files = list(sorted(folder.glob("*.py"))[:120]) + sorted(Path(__file__).parents[1].glob("*.md"))
    assert [p.name for p in files if repair(p.read_text(encoding="utf-8", errors="replace"))] == []


def test_repaired_pages_keep_their_places() -> None:
    text = next(case.raw for case in all_cases() if case.id == "wikitext: A page whose line ends were lost")
    document = clean(text, format="wikitext")
    for block in document.blocks:
        source = text.encode()[block.raw_start : block.raw_end].decode()
        assert document.text[block.start : block.end].split()[0] in source


# -- data -----------------------------------------------------------------------------------------------------------------


def test_no_template_stands_under_two_rules() -> None:
    seen: dict[str, str] = {}
    twice = []
    for group in ("text", "field", "drop", "harvard", "note", "page_kind"):
        for what, names in [pair for table in data.TABLES for pair in table.get(group, {}).items()]:
            for name in names:
                if name in seen or name in data.CITATION_KINDS or name in data.LITERAL:
                    twice.append(name)
                seen[name] = what
    assert twice == []
    assert [name for name in seen if name != data.normal_name(name) and not name.startswith("#")] == []


def test_every_text_rule_has_its_function() -> None:
    from pipeline.parsers.wikitext.emit_template import RULES as TEXT
    from pipeline.parsers.wikitext.project_rules import RULES

    tables = data.TABLES
    rules = {f"text.{what}" for table in tables for what in table["text"]}
    rules |= {r for table in tables for r in table["prefix"].values() if r.startswith("text.")}
    assert {f"text.{what}" for what in {*TEXT, *RULES}} >= rules
    assert TEXT.keys().isdisjoint(RULES)


PHRASE = re.compile(r"(?<![\w/=.+%-])[A-Za-z]{2,}(?: [A-Za-z]{2,}){4,7}(?![\w/+-])")
# Phrases of an article that are in no part of its document: names of footnotes, words of addresses, and parameters of citations that no
# reader needs. A tenth of a percent would be a kind of passage that goes silently.
LOST = 0.001


def test_no_phrase_of_an_article_goes_silently() -> None:
    found = lost = 0
    for text in some_articles(8):
        document = msgspec.json.encode(clean(text, format="wikitext")).decode().replace("\\n", " ")
        words = " ".join(re.findall(r"\w+", document))
        for phrase in PHRASE.findall(re.sub(r"<!--.*?-->|<ref name[^>]*>", "", text, flags=re.S)):
            found += 1
            lost += phrase not in words
    assert lost <= LOST * found, (lost, found)
