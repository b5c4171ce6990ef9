"""Wikitext read without the parser, where its markup is plain: the same nodes at the same places as the parser gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_wikitext import OWN, SIGNS, some_articles

from pipeline.convert import clean
from pipeline.parsers.wikitext import flat_table, nested, nodes, tokens
from pipeline.parsers.wikitext.bounds import bound
from pipeline.parsers.wikitext.plain_links import hide
from pipeline.parsers.wikitext.strip import strip


def placed(tree: nodes.Nodes) -> list[Any]:
    """A tree with every place in it; signs of lists at the top are text, and so are bare addresses, which citations hold."""
    found: list[Any] = []
    for n in tree:
        address = not isinstance(n, str) and n.kind == nodes.EXTERNAL and n.mark is None and all(isinstance(h, str) for h in n.head)
        if isinstance(n, str) or address or (n.kind == nodes.TAG and n.mark in ("*", "#", ":") and n.body is None):
            words = n if isinstance(n, str) else "".join(map(str, n.head)) if address else str(n.mark)
            found[-1:] = [found[-1] + words] if found and isinstance(found[-1], str) else [*found[-1:], words]
            continue
        params = [(p.start, p.name and placed(p.name), placed(p.value)) for p in n.params]
        attributes = [(placed(a), None if b is None else placed(b)) for a, b in n.attributes or ()]
        body = None if n.body is None else placed(n.body)
        found.append((n.kind, n.start, n.inner, n.end, placed(n.head), body, params, n.mark, n.level, attributes))
    return [n for n in found if n != ""]


def same_quiet_tree(text: str) -> bool:
    """Whether reading only regions gives the whole tree; tables, which are read without the parser, apart."""
    bounded = bound(hide(strip(text).text))
    if bounded.regions is None:
        return True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flat_table, "table", lambda *_: None)
        return placed(tokens.quiet_tree(bounded.text, bounded.regions).root) == placed(tokens.tree(bounded.text).root)


LINES = ["\n", "{{x|y}}", "\n{|\n| a\n|}\n", "\n== h ==\n", "\n* ", "\n; t : d", "----", "&#39;", "{{x\n|a=b\n}}"]


@given(st.lists(st.sampled_from([*SIGNS, *LINES]), min_size=12, max_size=50))
@settings(max_examples=300)
def test_reading_only_what_needs_the_parser_changes_nothing(signs: list[str]) -> None:
    assert same_quiet_tree("".join(signs))


def test_reading_only_what_needs_the_parser_changes_no_article() -> None:
    texts = [*OWN, *some_articles(12)]
    assert [text[:80] for text in texts if not same_quiet_tree(text)] == []
    assert sum(bound(hide(strip(text).text)).regions is not None for text in texts) > len(texts) // 3


PIECES = [
    "w ",
    "[[a & b]]",
    "[[c|d&nbsp;e]]",
    "{{cite web|url=//a.b|title=c &ndash; d|e=http://f.g/?h=i&j=k}}",
    "<small>",
    "</small>",
    "<blockquote>{{i}} \n</blockquote>",
    "{{cite web|url=http://a.b/c?d=e |title=f}}",
    "{{cite web|title={{i}}|url=http://a.b/c}}",
    "{{cite book|url=//a.b/c|{{i}}|title=http://a.b/{{i}} }}",
    "=",
    "|",
    "\n| a = ",
    "&nbsp;",
    "<br>",
    "<sub>2</sub>",
    "[http://a.b/?c=d e: f]",
    "[[g|h]]",
    "{{i}}",
    "{{j|k=l}}",
    "{",
    "]",
]
nested_markup = st.recursive(
    st.lists(st.sampled_from(PIECES), max_size=4).map("".join),
    lambda inner: st.builds("{}{{{{n|{}}}}}{}[[File:o.png|thumb|{}]]".format, inner, inner, inner, inner),
    max_leaves=8,
)


@given(nested_markup)
@settings(max_examples=200)
def test_markup_inside_markup_reads_as_the_parser_reads_it(text: str) -> None:
    assert same_quiet_tree("Start " + text + " end")


PLAIN = [
    "{{a|{{b}}}}",
    "[[File:a.png|thumb|b [[:c]]]]",
    "{{cite web|title={{b}}|url=http://a.b/c?d=e|date=f}}",
    "<blockquote>a {{b|<small>c | d</small>}}</blockquote>",
]


@pytest.mark.parametrize("text", PLAIN)
def test_markup_that_is_closed_and_plain_needs_no_parser(text: str) -> None:
    found = nested.nodes(text, 0, len(text))
    assert found is not None and placed(found) == placed(tokens.tree(text).root)


NOT_PLAIN = [
    "{{a|b]]}}",
    "{{a|<small>b}}</small>",
    "{{a|b}}}",
    "[[File:a.png|[[:c]]]",
    "{{cite web|a={{b}}|url=http://a.b/{{c}}}}",
    "{{site|a={{b}}|url=http://a.b/ c}}",
]


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_markup_that_the_parser_may_read_otherwise_is_left_to_it(text: str) -> None:
    assert nested.nodes(text, 0, len(text)) is None


TABLES = [
    "{| class=x\n|+ style=y | Cap\n! a !! b || c\n|- id=r\n| id=x | 1 || 2 | 3\n* item\n | {{nowrap|4}}\n|-\n|}",
    "{|\n! A\n! [[B|C]] || 5 &amp; 6\n|-\n|\n|7<br>8\n|9 <small>10</small>\n\nend || no cell\n|}\nAfter",
    "{|\n| {{a|{{b|c}} | d}} || e {{f|[[g|h]]|{{i}}}}\n| [[j|k]] {{l|{{m}}\n|}",
    "{|\ntext outside\n|-\n| a || http://a.b/c|d || e\n|-\n| {{!}} | f\n|}",
]


def test_a_table_read_without_the_parser_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*("B <br> " + "words " * 30 + "\n" + table for table in TABLES), *OWN, *some_articles(10)]
    ours = [clean(text, format="wikitext") for text in texts]
    monkeypatch.setattr(flat_table, "table", lambda *_: None)
    assert [text[:80] for text, one in zip(texts, ours, strict=True) if clean(text, format="wikitext") != one] == []
