"""Saved wiki pages: recognised by votes, cut in linear time, never at the cost of the article."""

from __future__ import annotations

import gc
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.convert import clean, detect

LINES = [
    "Title",
    "From Example Wiki",
    "A sentence that says something.",
    "Heading[edit]",
    "[edit]",
    "Contents",
    "1 Heading",
    "Categories: A | B",
    "",
]
LINES += [
    "Navigation: a - b - c - d",
    "Credits: x",
    "A.jpg",
    "a\tb",
    "- item",
    'Retrieved from "https://a.b/c"',
    "^ note",
    "References[edit]",
    "1.1 x",
    "Edit",
    "Search",
    "Course[]",
    "Categories",
    "15 languages",
]


def test_two_votes_make_a_page() -> None:
    page = "Mill\n\nFrom Example Wiki\n\nA mill grinds.\n\nHistory[edit]\n\nOld.\n"
    assert detect(page)[0].format == "rendered_wiki"
    assert "rendered_wiki" not in [d.format for d in detect("A mill grinds.\n\nFrom here on it is old.\n")]


def test_words_of_menus_make_no_page() -> None:
    page = "Menu editor\n\nSearch\n\nThe editor has a menu. Choose\n\nEdit\n\nto change a line, and\n\nEdit\n\nagain.\n\nString lines[]\n"
    assert detect(page)[0].format == "text"
    phone = "Search\nLow Mere\nArticle\tTalk\nLanguage\nDownload PDF\nWatch\nEdit\nA river.\n\nCourse\nEdit\nLong.\n\nBridges\nEdit\nTwo.\n"
    assert detect(phone)[0].format == "rendered_wiki"


@given(st.lists(st.sampled_from(LINES), max_size=25).map("\n".join))
@settings(max_examples=150)
def test_any_order_of_lines_gives_a_well_formed_document(text: str) -> None:
    document = clean(text, format="rendered_wiki")
    size = len(text.encode())
    for block in document.blocks:
        assert 0 <= block.raw_start <= block.raw_end <= size
        assert document.text[block.start : block.end].strip()
    assert "[edit]" not in document.text


UNITS = ["[edit | edit source]", "[edit ", "H[edit]\n", "Navigation: a - ", "1.1 a\n", "Contents\n", "a\n", "A.jpg\n", "x[1]", "^ ", "\t"]
UNITS += ["H\nEdit\n", "H[]\n", "Categories\n", "a.", "a-", "[math]", "[math]\\displaystyle  "]


@pytest.mark.parametrize("unit", UNITS)
def test_cost_is_linear(unit: str) -> None:
    def cost(size: int) -> float:
        start = time.process_time()
        clean("T\n\nFrom Wiki\n\n" + unit * (size // len(unit)) + " x", format="rendered_wiki")
        return time.process_time() - start

    gc.disable()  # a collection in one of them walks through all that other tests have left, which is no cost of the parser
    try:
        for _ in range(3):  # a neighbour's burst passes, what is not linear fails each time
            small, large = min(cost(50_000), cost(50_000)), min(cost(200_000), cost(200_000))
            if large < 0.3 or large < 7 * small:  # short times are noise
                return
    finally:
        gc.enable()
    pytest.fail(f"50 kB took {small:.3f} s, 200 kB {large:.3f} s")


def test_prose_after_a_footer_word_is_kept() -> None:
    page = "Mill\n\nFrom Example Wiki\n\nIntro.\n\nSearch Mills\n\nHistory[edit]\n\nMills are old.\n"
    assert clean(page, format="rendered_wiki").text.endswith("Mills are old.")


def test_a_day_in_a_month_that_nobody_knows_is_no_date() -> None:
    page = "Mill\n\nFrom Example Wiki\n\nHistory[edit]\n\nMills are old.\n\nThis page was last edited on 3 {} 2020, at 10:11.\n"
    assert clean(page.format("May"), format="rendered_wiki").modified == "2020-05-03"
    assert clean(page.format("Mayo-June"), format="rendered_wiki").modified == ""
    assert clean(page.format("Brumaire"), format="rendered_wiki").modified == ""
