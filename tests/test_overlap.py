"""Overlap: what links, what joins, what leaves, and what never may."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import assemble as assembling
from pipeline.assemble import Assembled, Part, assemble
from pipeline.errors import GuardError
from pipeline.model import Document, Duplicate, Raw
from pipeline.overlap import Resolution, resolve
from pipeline.overlap.candidates import MAX_DOCUMENTS
from pipeline.overlap.decide import Standing
from pipeline.overlap.facts import facts as facts_of
from pipeline.overlap.facts import later_first
from pipeline.overlap.fingerprint import Outline, fingerprint, fingerprints
from pipeline.overlap.hashing import LONG, SLICE, word_hashes
from pipeline.overlap.merge import Plan, plan
from pipeline.overlap.units import units
from pipeline.overlap.verify import Shingles, measure, shingles
from pipeline.store.ranges import OnDisk
from pipeline.text.layout import Draft, layout
from pipeline.text.licenses import required
from pipeline.text.words import key, words

LEAD = (
    "Granite is a coarse rock that forms when magma cools slowly below the ground. "
    "It holds quartz, feldspar and mica in sizes that the eye can see."
)
USES = (
    "Builders have cut granite for four thousand years because it resists rain, frost and acid better than marble. "
    "Polished slabs cover floors."
)
AGES = (
    "The oldest granites known today crystallised about four billion years ago in what is now northern Canada. "
    "Younger ones are still forming."
)
WASTE = "Quarries leave two tonnes of broken stone for each tonne that they sell. Most of it ends as gravel for roads."


def document(*passages: str, title: str = "Granite") -> Document:
    """A document from passages; `## x` is a heading, `- x` and `1. x` are items."""
    drafts = []
    for passage in passages:
        if passage.startswith("#"):
            marks, _, text = passage.partition(" ")
            drafts.append(Draft("heading", text, level=len(marks)))
        elif passage.startswith("- "):
            drafts.append(Draft("list_item", passage[2:], level=1, marker="- "))
        elif passage.partition(". ")[0].isdigit():
            number, _, text = passage.partition(". ")
            drafts.append(Draft("list_item", text, level=1, marker=f"{number}. "))
        else:
            drafts.append(Draft("paragraph", passage))
    text, blocks, links, tables = layout(drafts)
    return Document(text=text, title=title, blocks=blocks, links=links, tables=tables)


def part(name: str, doc: Document, keep_unique: bool = True) -> Part:
    raw = Raw(f"{name}.txt", "0" * 64, 1, "text/plain", "utf-8", "text", "1")
    return Part(f"{name}:x", name, raw, f"L-{name}", name, keep_unique, doc)


def merged(*docs: Document, keep_unique: bool = True) -> Assembled:
    parts = [part(f"s{n}", d, keep_unique or n == 0) for n, d in enumerate(docs)]
    return assemble(parts, [Duplicate(p.id, "merged", 0.5, 0.9) for p in parts[1:]])


def standing(n: int, **change: object) -> Standing:
    values = {"id": f"s:{n:03}", "source": "s", "title": f"{n}", "protect": False, "policy": "merge", "priority": 10, "licensed": True}
    values |= {"words": 100, "modified": "", "sha256": "0"}
    return Standing(**(values | change))


# -- merging -----------------------------------------------------------------------------------------------------------


def test_a_copy_leaves_and_its_own_paragraph_joins_the_section_it_belongs_to() -> None:
    done = merged(document(LEAD, "## Uses", USES, "## Age", AGES), document(LEAD, "## Uses", WASTE, USES, "## Age", AGES))
    record = done.record
    assert record.text == "\n\n".join([LEAD, "Uses", WASTE, USES, "Age", AGES])
    own = [b for b in record.blocks if b.origin == "s1:x"]
    assert [record.text[b.start : b.end] for b in own] == [WASTE]
    assert own[0].section == ["Uses"]
    assert record.license == "L-s0 AND L-s1"


def test_a_mixture_does_not_hide_that_a_licence_is_a_choice_or_not_stated() -> None:
    every = [("MIT OR ISC", USES), ("", AGES), ("CC0-1.0", WASTE)]
    parts = [msgspec.structs.replace(part(f"s{n}", document(LEAD, own)), license=name) for n, (name, own) in enumerate(every)]
    assert assemble(parts, []).record.license == "(MIT OR ISC) AND LicenseRef-not-stated AND CC0-1.0"
    assert assemble([parts[0], parts[0]], []).record.license == "MIT OR ISC"
    assert required(["(MIT OR ISC) AND (X11 OR Zlib)", "ISC AND (X11 OR Zlib)"]) == "(MIT OR ISC) AND (X11 OR Zlib) AND ISC"


def test_every_dropped_sentence_points_at_its_words() -> None:
    done = merged(document(LEAD, "## Uses", USES), document("## Uses", WASTE + " " + USES, "## Origin", LEAD))
    gone = [d for d in done.dropped if d.survivor]
    assert gone
    for line in gone:
        assert key(line.text) == key(done.record.text[line.survivor.start : line.survivor.end])


def test_sentences_that_run_on_in_both_texts_are_one_line_of_the_ledger() -> None:
    one = document(LEAD, USES)
    assert [d.text for d in merged(one, one).dropped] == [LEAD, USES]
    assert [d.text for d in merged(one, document(f"{LEAD} {USES}")).dropped] == [LEAD, USES], "its words stand in two passages"
    assert len(merged(one, document(f"{LEAD} Yes. {USES}")).dropped) == 2


def test_a_passage_around_what_leaves_is_two() -> None:
    first, second = AGES.split(". ")[0] + ".", AGES.split(". ")[1]
    done = merged(document(LEAD, WASTE), document(f"{first} {LEAD} {second}", WASTE))
    assert sorted(done.record.text.split("\n\n")) == sorted([first, LEAD, second, WASTE])


@pytest.mark.parametrize(
    "changed",
    [
        LEAD.replace("is a coarse", "is not a coarse"),
        USES.replace("four thousand", "five thousand"),
        "A dose of 5 mg was given to all of the nine patients in this group.",
        "A change of -0.5 degrees was seen at all of the nine stations in this group.",
    ],
)
def test_a_changed_fact_stays(changed: str) -> None:
    dose = "A dose of 50 mg was given to all of the nine patients in this group."
    base = [LEAD, USES, dose, "A change of 0.5 degrees was seen at all of the nine stations in this group."]
    done = merged(document(*base), document(*base[:2], changed))
    own = {key(s) for b in done.record.blocks for s in [done.record.text[b.start : b.end]]}
    for sentence_start, sentence_end in [(u.start, u.end) for u in units(document(changed))]:
        said = key(document(changed).text[sentence_start:sentence_end])
        assert any(said in whole for whole in own)


def test_code_and_formulas_leave_only_for_their_own_signs() -> None:
    def programs(*codes: str) -> Document:
        drafts = [Draft("paragraph", LEAD), *(Draft("code", code) for code in codes), Draft("math", f"x = {codes[0]}")]
        text, blocks, links, tables = layout(drafts)
        return Document(text=text, title="Sums", blocks=blocks, links=links, tables=tables)

    done = merged(programs("a - b", "if a:\n    b(1)"), programs("a / b", "if a:\n\tb(1)"), programs("a - b", "if a:\n  b[1]"))
    code = [done.record.text[b.start : b.end] for b in done.record.blocks if b.kind == "code"]
    assert sorted(code) == ["a - b", "a / b", "if a:\n    b(1)", "if a:\n  b[1]"]
    assert {done.record.text[b.start : b.end] for b in done.record.blocks if b.kind == "math"} == {"x = a - b", "x = a / b"}


def test_a_number_that_no_counting_explains_is_a_fact_and_others_are_not() -> None:
    said = "Quarries leave two tonnes of broken stone for each tonne that they sell."
    years = merged(document(LEAD, f"1986. {said}"), document(LEAD, f"1987. {said}"), document(LEAD, f"1986. {said}"))
    assert sorted(years.record.text.split("\n\n")[1].split("\n")) == [f"1986. {said}", f"1987. {said}"]
    assert years.record.flags == ["conflict"]
    steps = merged(document("1. Drill.", f"2. {USES}", f"3. {AGES}"), document("1. Drill.", f"2. {AGES}"), document(f"- {USES}"))
    assert steps.record.text == f"1. Drill.\n2. {USES}\n3. {AGES}"
    counted = merged(document(LEAD, f"1986. {said}"), document(LEAD, f"1986. {USES}", f"1987. {said}", said))
    assert counted.record.text.count(said) == 2, "1987 is counted, and another year than 1986; without a number it says no other"
    assert f"1987. {said}" in counted.record.text
    inside = merged(document(f"{LEAD} 2. {said}"), document(f"2. {said}"))
    assert inside.record.text == f"{LEAD} 2. {said}", "the number stands before the words in the middle of a line, too"
    words = merged(document(LEAD, f"4. {said}"), document(LEAD, f"4) {said}"))
    assert f"4) {said}" in words.record.text, "the words of a paragraph are not the number of an item"


def test_a_contradiction_is_marked_on_both_sides() -> None:
    dose = "A dose of 50 mg was given to all of the nine patients in this group."
    done = merged(document(LEAD, dose), document(LEAD, dose.replace("50 mg was", "5 mg was not")))
    conflict = json.loads(done.record.metadata)["conflicts"][0]
    assert "5 mg was not" in done.record.text[conflict["start"] : conflict["end"]]
    assert "50 mg was" in done.record.text[conflict["other_start"] : conflict["other_end"]]
    assert done.record.flags == ["conflict"]
    assert [d.relation for d in done.record.duplicates] == ["merged", "conflict"]
    assert merged(document(LEAD, USES), document(LEAD, USES, WASTE)).record.flags == []


def test_a_new_section_stands_behind_the_one_it_follows() -> None:
    done = merged(document(LEAD, "## Uses", USES, "### Floors", WASTE), document(LEAD, "## Uses", USES, "## Age", AGES))
    assert done.record.text == "\n\n".join([LEAD, "Uses", USES, "Floors", WASTE, "Age", AGES])
    assert [b.section for b in done.record.blocks if b.origin == "s1:x"] == [[], ["Age"]]


TRADE = "Merchants weigh every block of it on the quay before the ships leave in autumn."


def test_new_sections_leave_what_others_say_below_its_own_headings() -> None:
    one = document(LEAD, "## Uses", USES, AGES)
    two = document(LEAD, "## Uses", USES, WASTE, "## Trade", TRADE)
    done = merged(one, two, document(LEAD, "## Uses", USES, AGES, "Not for floors."))
    assert done.record.text == "\n\n".join([LEAD, "Uses", USES, WASTE, AGES, "Not for floors.", "Trade", TRADE])


@pytest.mark.parametrize(
    ("copies", "behind"),
    [
        ([["## Trade", TRADE], ["### Floors", WASTE]], ["Floors", WASTE, "Trade", TRADE]),
        ([["## Trade", TRADE], ["## Trade", TRADE, "### Ships", WASTE]], ["Trade", TRADE, "Ships", WASTE]),
        ([["## Trade", TRADE, "## Age", AGES], ["## Trade", TRADE, "## Waste", WASTE]], ["Trade", TRADE, "Waste", WASTE, "Age", AGES]),
        ([["### Trade", TRADE, "## Age", AGES], ["### Trade", TRADE, "## Waste", WASTE]], ["Trade", TRADE, "Waste", WASTE, "Age", AGES]),
        ([["## Trade", TRADE], ["## Waste", WASTE]], ["Trade", TRADE, "Waste", WASTE]),
    ],
)
def test_sections_of_several_copies_stand_in_the_order_of_an_outline(copies: list[list[str]], behind: list[str]) -> None:
    begin = [LEAD, "## Uses", USES]
    docs = [document(*begin, *more) for more in copies]
    done = merged(document(*begin), *docs).record
    assert done.text == "\n\n".join([LEAD, "Uses", USES, *behind])
    for doc in docs:
        for block in doc.blocks:
            said = doc.text[block.start : block.end]
            assert [b.section for b in done.blocks if done.text[b.start : b.end] == said] == [block.section]


@pytest.mark.parametrize(
    ("canonical", "copy", "expected"),
    [
        (
            ["## Uses", USES, "## Age", AGES],
            ["## Uses", "Cheap.", AGES, "Warm.", "### Trade", TRADE],
            ["Uses", "Cheap.", "Warm.", USES, "Trade", TRADE, "Age", AGES],
        ),
        (["## Uses", USES], ["## Trade", TRADE, USES, "Not for floors."], ["Trade", TRADE, "Not for floors.", "Uses", USES]),
        (["## Uses", "### Floors", USES], ["## Uses", USES, "Warm."], ["Uses", "Floors", USES, "Warm."]),
        (["## Uses", USES, "## Age", AGES], ["## Uses of it", USES, "Warm."], ["Uses", USES, "Warm.", "Age", AGES]),
    ],
)
def test_what_is_new_stays_in_its_section_though_the_sentence_before_it_stands_in_another(
    canonical: list[str], copy: list[str], expected: list[str]
) -> None:
    """Where the record has the section: a section of another level or name is where its sentences are."""
    assert merged(document(LEAD, *canonical), document(LEAD, *copy)).record.text == "\n\n".join([LEAD, *expected])


def test_a_heading_over_nothing_of_its_own_is_not_repeated() -> None:
    done = merged(document(LEAD, "## Uses", USES), document(LEAD, "## Utilisation", USES))
    assert "Utilisation" not in done.record.text
    assert ("overlap.empty_section", "Utilisation") in [(d.rule, d.text) for d in done.dropped]
    beside = merged(document(LEAD, USES), document(LEAD, USES, "## Age", "## Trade", TRADE))
    assert beside.record.text == "\n\n".join([LEAD, USES, "Trade", TRADE]), "a heading of the same level ends the section"


def test_a_short_sentence_leaves_only_in_its_place() -> None:
    one = document(LEAD, "## Adults", "The dose is 5 mg.", "## Children", "Not known yet.")
    two = document(LEAD, "## Children", "The dose is 5 mg.")
    assert merged(one, two).record.text.count("The dose is 5 mg.") == 2
    assert merged(one, document(LEAD, "## Adults", "The dose is 5 mg.")).record.text.count("The dose is 5 mg.") == 1


def test_the_same_words_under_the_name_of_another_are_another_fact() -> None:
    """A section of a name that the record does not know, or has elsewhere, is not the one of the same last heading."""
    daily, long = "5 mg daily.", "All adults take one of the white tablets after breakfast with water."
    one = document(LEAD, "## Aspirin", "### Dosage", daily, long)
    new = merged(one, document(LEAD, "## Aspirin", "### Dosage", daily, long, "## Codeine", "### Dosage", daily, long))
    assert new.record.text == "\n\n".join([LEAD, *["Aspirin", "Dosage", daily, long], *["Codeine", "Dosage", daily, long]])
    assert new.record.blocks[-2].section == ["Codeine", "Dosage"]
    known = document(LEAD, "## Aspirin", "### Dosage", daily, "## Codeine", "Not for children.")
    other = merged(known, document(LEAD, "## Codeine", "Not for children.", "### Dosage", daily))
    assert other.record.text.endswith("Codeine\n\nNot for children.\n\nDosage\n\n5 mg daily.")
    form = document(LEAD, "## Aspirin", "### Dosage", daily, "### Form", long)
    both = merged(form, document(LEAD, "## Aspirin", WASTE, "## Codeine", "### Form", long, "### Dosage", daily))
    assert both.record.text.endswith(f"{long}\n\nCodeine\n\nDosage\n\n{daily}"), "its form is the same, its dosage is of another drug"


def test_what_is_short_leaves_where_its_section_is_the_same_or_beside_what_leaves() -> None:
    first = document("## Uses", "Cheap.", USES, "## Age", "Warm.", AGES)
    assert merged(first, document("## Uses", WASTE, "Cheap.", "## Age", "Warm.")).record.text.count("Cheap.") == 1
    assert merged(first, document("Cheap.", USES)).record.text == first.text, "it leans on the sentence behind it"
    torn = merged(document(f"{LEAD} It is hard."), document(f"{LEAD} It is hard. {WASTE}"))
    assert torn.record.text.count("It is hard.") == 1, "it follows a long sentence that leaves"


@pytest.mark.parametrize(("sentence", "times"), [("It is cut into blocks and slabs.", 2), ("It is cut into blocks and thin slabs.", 1)])
def test_eight_words_say_something_of_their_own(sentence: str, times: int) -> None:
    one = document(LEAD, "## Uses", sentence, "## Age", AGES)
    assert merged(one, document(LEAD, "## Age", sentence, AGES)).record.text.count(sentence) == times


@pytest.mark.parametrize("short", ["The dose is five milligrams daily.", "用量为每日五毫克。", "ขนาดยาห้ามิลลิกรัมต่อวัน"])
def test_what_is_short_is_short_in_every_script(short: str) -> None:
    one = document(LEAD, "## Aspirin", short, "## Codeine", "Not for children.")
    done = merged(one, document(LEAD, "## Codeine", short, "Not for children."))
    assert done.record.text.count(short) == 2


def test_a_level_of_headings_more_or_less_is_the_same_section() -> None:
    flat, deep = document(LEAD, "## Uses", "It is cut."), document("# Granite", LEAD, "## Uses", "It is cut.")
    for one, two in ((flat, deep), (deep, flat)):
        assert merged(one, two).record.text == one.text
    wrapped = document(LEAD, "## Stone", "### Uses", "It is cut.")
    assert merged(wrapped, flat).record.text == wrapped.text


@pytest.mark.parametrize("above", [["## Where it serves", "### Floors"], ["## All of it", "### Uses", "#### Floors"]])
def test_a_section_of_a_new_name_is_an_old_one_by_what_both_say(above: list[str]) -> None:
    """Its long sentences tell: its parts are those of the record, and what is short in them stands once."""
    one = document(LEAD, "## Uses", "### Floors", "Cheap.", "Warm.", USES)
    text = merged(one, document(LEAD, *above, "Cheap.", WASTE, USES)).record.text
    assert text.count("Floors") == text.count("Cheap.") == 1
    new = merged(one, document(LEAD, USES, *above, "Cheap.", WASTE)).record.text
    assert new.count("Floors") == new.count("Cheap.") == 2


def test_a_short_sentence_stays_with_the_passage_that_it_belongs_to() -> None:
    own = "Children take another drug that was made for them alone. The dose is 5 mg."
    done = merged(document(f"{LEAD} The dose is 5 mg."), document(f"{LEAD} The dose is 5 mg.", own))
    assert done.record.text == f"{LEAD} The dose is 5 mg.\n\n{own}"


def test_prose_and_code_do_not_stand_for_each_other() -> None:
    prose, code = "Say a / b, and c; or d: e! f g h.", "say a b and c or d e f g h"
    layouts = [layout([Draft("paragraph", LEAD), last]) for last in (Draft("paragraph", prose), Draft("code", code))]
    one, two = (Document(text=x.text, title="G", blocks=x.blocks) for x in layouts)
    for first, second in ((one, two), (two, one)):
        text = merged(first, second).record.text
        assert prose in text and code in text


def test_copies_of_one_sentence_cost_no_more_than_they_are_long() -> None:
    own = [f"Sentence {n} is of this copy." for n in range(6000)]
    one = document(LEAD, *["Yes it is."] * 6000)
    start = time.process_time()
    done = merged(one, document(LEAD, *(x for pair in zip(["Yes it is."] * 6000, own, strict=True) for x in pair)))
    assert time.process_time() - start < 4, "each looked through all of the record before: 7 seconds"
    assert done.record.text.count("Yes it is.") == 6000


def test_what_two_copies_add_alike_stands_once() -> None:
    done = merged(document(LEAD, USES), document(LEAD, USES, WASTE), document(LEAD, WASTE, USES, AGES))
    assert done.record.text.count(WASTE) == 1
    assert done.record.text.count(AGES) == 1
    line = next(d for d in done.dropped if d.id == "s2:x" and WASTE[:20] in d.text)
    assert done.record.text[line.survivor.start : line.survivor.end] == line.text


def test_list_items_join_a_list() -> None:
    one = document(LEAD, "## Kinds", "- red granite", "- grey granite")
    done = merged(one, document(LEAD, "## Kinds", "- red granite", "- black granite of the north"))
    assert "- red granite\n- black granite of the north\n- grey granite" in done.record.text


def test_a_fault_of_the_merge_costs_one_clusters_merging_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    copy = document("# Uses", "A use that only the copy has, told in a sentence of its own.", LEAD, AGES)

    def forgetful(*args: Any) -> Plan:
        made = plan(*args)
        return made if args[2] else made._replace(pieces=[p for p in made.pieces if p.document == 0])

    monkeypatch.setattr(assembling, "plan", forgetful)
    result = merged(document(LEAD, AGES), copy)
    assert result.record.text.endswith(copy.text) and result.record.flags == ["merged_whole"] and not result.dropped
    monkeypatch.setattr(assembling, "plan", lambda *args: plan(*args)._replace(pieces=[]))
    with pytest.raises(GuardError, match=r"a passage of s0:x .* in no record"):
        merged(document(LEAD, AGES), copy)


def test_keep_canonical_records_what_it_leaves_out() -> None:
    done = merged(document(LEAD, USES), document(LEAD, WASTE, USES), keep_unique=False)
    assert WASTE not in done.record.text
    assert [d.rule for d in done.dropped if d.survivor is None] == ["overlap.not_merged"] * 2


SENTENCES = [s for passage in (LEAD, USES, AGES, WASTE) for s in passage.replace(". ", ".|").split("|")] + [
    "Yes.",
    "See below.",
    "It is 5 mg.",
]
PASSAGES = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4).map(" ".join)
MARKED = st.sampled_from(["## Uses", "## Age", "### Floors", "# Granite", "- red granite", "- 5 mg", "- " + LEAD.replace(". ", ".\n")])
NUMBERED = st.tuples(st.sampled_from(["1", "2", "3", "1986"]), PASSAGES).map(". ".join)
DOCUMENTS = st.lists(st.one_of(PASSAGES, MARKED, NUMBERED), min_size=1, max_size=9)


@given(st.lists(DOCUMENTS, min_size=2, max_size=4))
def test_no_words_are_lost_whatever_is_merged(passages: list[list[str]]) -> None:
    """Every sentence of every document is in the record or in the ledger; every pointer says the same; blocks are in order."""
    docs = [document(*p) for p in passages]
    done = merged(*docs)
    text = done.record.text
    said = {u.key for u in units(Document(text=text, blocks=done.record.blocks))}
    for doc in docs:
        for unit in units(doc):
            assert unit.key in said or any(unit.key in key(d.text) for d in done.dropped if d.survivor is None)
            stands = f"{unit.said}. {doc.text[unit.start : unit.end]}" in text
            assert not unit.said or stands, "no copy with another number stands for it"
    for line in done.dropped:
        if line.survivor:
            assert key(line.text) == key(text[line.survivor.start : line.survivor.end])
    at = 0
    for block in done.record.blocks:
        assert at <= block.start < block.end <= len(text)
        at = block.end
    assert [b.section for b in done.record.blocks if b.origin == "s0:x"] == [b.section for b in docs[0].blocks]


@given(DOCUMENTS)
def test_a_document_merged_with_itself_changes_nothing(passages: list[str]) -> None:
    doc = document(*passages)
    assert merged(doc, doc).record.text == doc.text


def test_a_long_chain_of_passages_is_no_recursion() -> None:
    own = [f"Sentence number {n} of the copy says something that no other sentence says." for n in range(3000)]
    done = plan([document(LEAD), document(LEAD, *own)])
    assert len(done.pieces) == 3001


# -- linking and deciding ----------------------------------------------------------------------------------------------


def test_measures_of_a_pair() -> None:
    def of(*passages: str) -> Shingles:
        return shingles(fingerprint(document(*passages)))

    one = of(LEAD, USES, AGES)
    same = measure(one, one)
    assert (same.relation, same.jaccard, same.containment) == ("exact", 1.0, 1.0)
    assert measure(one, of(LEAD, USES)).relation in ("contains", "near")
    assert measure(of(LEAD), one).relation == "contained"
    assert measure(one, of(LEAD, USES, WASTE)).relation == "revised"
    assert measure(one, of("Nothing here is about stones at all, and so it goes on for a while.")).relation == ""

    lead, uses = len(of(LEAD).strong), len(of(USES).strong)
    item = "- " + " ".join(USES.split()[:5])
    for first, second in ((of(LEAD, item), of(LEAD, USES)), (of(LEAD, USES), of(LEAD, item))):
        assert measure(first, second).jaccard == (lead + 1) / (lead + uses), "words of an item are found in a longer passage, too"
        assert measure(first, second).containment == 1
    assert measure(of(LEAD, item), of(LEAD, item, "- red")).jaccard == (lead + 1) / (lead + 2)


@pytest.mark.parametrize(("shared", "relation"), [(40, "revised"), (39, "")])
def test_forty_words_of_one_text_in_another_are_kinship(shared: int, relation: str) -> None:
    one = " ".join(f"w{n}" for n in range(66))
    two = " ".join(f"w{n}" if n < shared else f"v{n}" for n in range(66))
    assert measure(*(shingles(fingerprint(document(text))) for text in (one, two))).relation == relation


def test_fingerprints_do_not_depend_on_the_batch() -> None:
    docs = [document(*p) for p in ([LEAD, "- a"], [], ["- one two", "## Age"], [USES, AGES, "- one two three four five six"])]
    assert fingerprints(docs) == [fingerprint(d) for d in docs]


@given(st.lists(st.text(alphabet="aZ09 .,-+%’—[]1éßИは\u0301\n", max_size=60), max_size=6))
def test_a_word_has_one_hash_wherever_it_stands(passages: list[str]) -> None:
    found = word_hashes(passages)
    every = [word for passage in passages for word in words(passage)]
    assert found.lengths.tolist() == [len(words(passage)) for passage in passages]
    whole = [(h, word) for h, word in zip(found.words.tolist(), every, strict=True) if words(word) == [word]]  # a word alone may fold anew
    assert [h for h, _ in whole] == [int(word_hashes([word]).words[0]) for _, word in whole]
    assert len(set(found.words.tolist())) == len(set(every))


def test_words_of_any_length_across_slices() -> None:
    """Data that is hashed in slices gives what each word gives alone: no slice cuts a word, and one may be longer than a slice."""
    every = ["a" * n for n in (1, LONG, LONG + 1, SLICE - 3, SLICE - 2, SLICE - 1, SLICE, 3 * SLICE)] + [f"w{n}" for n in range(20_000)]
    for order in (every, every[::-1], every[4:] + every[:4]):
        assert word_hashes([" ".join(order)]).words.tolist() == [int(h) for word in order for h in word_hashes([word]).words]


def test_no_two_words_of_many_have_one_hash() -> None:
    numbers = [f"{n}" for n in range(200_000)] + [f"x{n}y" for n in range(200_000)]
    hashes = word_hashes([" ".join(numbers)]).words
    assert len(np.unique(hashes)) == len(numbers)
    for bit in range(64):
        share = float((hashes >> np.uint64(bit) & np.uint64(1)).mean())
        assert 0.49 < share < 0.51, f"bit {bit} says something about the word"


def test_pages_of_one_template_are_not_copies_but_versions_of_one_page_are() -> None:
    template = [USES, AGES, WASTE]
    own = [f"Quarry number {n} lies in parish {n * 3} and sold {n * 11} blocks of its pale stone in that year." for n in range(60)]
    prints = [fingerprint(document(*template, text)) for text in own]
    standings = [standing(n) for n in range(60)]
    assert resolve(standings, prints).members == {}
    versions = [standing(n, title="granite") for n in range(60)]
    assert len(resolve(versions, prints).members[0]) == 59


def test_documents_of_one_source_with_names_of_their_own_never_join() -> None:
    """Twenty potions of one vault are alike and yet twenty notes; their copies in another vault join each its own."""
    text = fingerprint(document(LEAD, USES))
    ours = [standing(n, title=name, named=True) for n, name in enumerate(["red", "blue", "blue"])]
    done = resolve(ours, [text] * 3)
    assert done.members == {1: [2]}, "two notes of one name are versions of one"
    assert {r.relation for r in done.relations[0]} == {"exact"}, "they are related all the same"
    theirs = [standing(n, id=f"t:{n}", source="t", title=name, named=True) for n, name in enumerate(["green", "blue", "red"], 3)]
    done = resolve([*ours, *theirs], [text] * 6)
    assert done.members == {0: [5], 1: [2, 4]}, "nothing of another name joins a star through a third"
    assert resolve([ours[0], theirs[0]], [text] * 2).members == {0: [1]}, "elsewhere a copy may bear another name"
    nameless = [standing(n, title=f"{n}") for n in range(3)]
    assert resolve(nameless, [text] * 3).members == {0: [1, 2]}, "names of files say nothing"


def test_copies_that_share_a_name_join_the_article_that_bears_another() -> None:
    text = fingerprint(document(LEAD, USES))
    wiki = standing(0, source="wiki", title="granite (rock)", named=True, priority=1)
    copies = [standing(n, source=source, title="granite", named=True) for n, source in ((1, "notes"), (2, "web"))]
    assert resolve([wiki, *copies], [text] * 3).members == {0: [1, 2]}, "they joined each other first, as namesakes"
    nameless = [standing(n, source=source) for n, source in ((1, "texts"), (2, "pages"))]
    assert resolve([wiki, *nameless], [text] * 3).members == {0: [1, 2]}, "two without a name are no namesakes"
    apart = fingerprint(document(LEAD, USES, AGES, WASTE))
    assert resolve([wiki, *copies], [text, apart, fingerprint(document(AGES, WASTE))]).members == {1: [2]}, "one has no edge to the article"


def test_headings_and_short_lines_start_nothing() -> None:
    menu = ["## Uses", "## Age", "- red granite", "- black granite"]
    one, two = document(*menu, LEAD), document(*menu, "Other words of another text that has its own things to say and says them.")
    assert resolve([standing(0), standing(1)], [fingerprint(one), fingerprint(two)]).relations == {}


def test_the_canonical_document_is_a_matter_of_rank_not_of_order() -> None:
    prints = [fingerprint(document(LEAD, USES)), fingerprint(document(LEAD, USES, WASTE)), fingerprint(document(LEAD, USES))]
    done = resolve([standing(0, priority=20), standing(1, priority=20, words=150), standing(2, priority=5)], prints)
    assert done.members == {2: [1, 0]}, "after priority, the more complete"
    done = resolve([standing(0, protect=True), standing(1), standing(2, priority=5)], prints)
    assert done.members == {0: [2, 1]}
    done = resolve([standing(0, protect=True), standing(1), standing(2, protect=True)], prints)
    assert sorted(done.records) == [0, 2], "a protected document never joins another"
    assert resolve([standing(0), standing(1, policy="annotate"), standing(2)], prints).members == {0: [2]}


def test_thousands_of_equal_documents_are_no_millions_of_pairs() -> None:
    text, longer = fingerprint(document(LEAD, USES)), fingerprint(document(LEAD, USES, AGES[:60]))
    count = 2 * MAX_DOCUMENTS
    nameless = resolve([standing(n) for n in range(count)], [text] * count)
    assert nameless.records == [0] and len(nameless.members[0]) == count - 1
    assert sum(map(len, nameless.relations.values())) < 4 * count
    ours = [standing(n, title=f"note {n}", named=True) for n in range(count)]
    theirs = [standing(n, id=f"t:{n:03}", source="t", title=f"note {n}", named=True) for n in range(count)]
    assert resolve([*ours, *theirs], [text] * 2 * count).members == {n: [n + count] for n in range(count)}, "copies join their namesakes"
    better = [*(standing(n) for n in range(count)), standing(count, priority=1)]
    assert resolve(better, [text] * count + [longer]).records == [count], "all follow their best into a better one"
    kept = [standing(0, policy="annotate"), *(standing(n) for n in range(1, count))]
    assert resolve(kept, [text] * count).records == [0, 1], "one that nothing may join is in nobody's way"


def test_equal_documents_follow_their_best_into_a_third() -> None:
    copy = fingerprint(document(LEAD, USES))
    prints = [fingerprint(document(LEAD, USES, WASTE)), copy, copy, copy]
    done = resolve([standing(0, priority=1), standing(1), standing(2), standing(3, priority=20)], prints)
    assert done.members == {0: [1, 2, 3]}


def test_a_chain_of_small_changes_pulls_nothing_together() -> None:
    """A ~ B and B ~ C do not make A and C one record."""
    sentences = [f"The sample with number {n} came from quarry {n * 7} and was weighed twice in the laboratory." for n in range(30)]
    docs = [document(*sentences[start : start + 10]) for start in (0, 2, 4)]
    done = resolve([standing(n) for n in range(3)], [fingerprint(d) for d in docs])
    assert all(len(m) == 1 for m in done.members.values())


def test_order_of_documents_does_not_matter() -> None:
    texts = [document(*random.Random(n).sample([LEAD, USES, AGES, WASTE], 3)) for n in range(12)]
    whole = [(standing(n), fingerprint(t)) for n, t in enumerate(texts)]

    def names(done: Resolution, order: Sequence[int]) -> dict[int, list[int]]:
        return {order[c]: [order[m] for m in ms] for c, ms in done.members.items()}

    first = names(resolve([s for s, _ in whole], [p for _, p in whole]), range(12))
    for seed in range(20):
        order = random.Random(seed).sample(range(12), 12)
        done = resolve([whole[n][0] for n in order], [whole[n][1] for n in order])
        assert names(done, order) == first


def test_large_corpora_find_the_same_pairs_in_ranges_and_samples(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Candidates come from one shingle in eight and from several ranges of hashes; what they amount to is measured exactly."""
    rng = random.Random(5)
    sentences = [" ".join(f"w{rng.randrange(900)}" for _ in range(12)) + "." for _ in range(400)]
    docs = [document(*rng.sample(sentences, 6)) for _ in range(60)]
    docs += [
        document(*[d.text[b.start : b.end] for b in d.blocks][:5], "One more sentence that stands in this copy and nowhere else.")
        for d in docs[:30]
    ]
    prints = [fingerprint(d) for d in docs]
    standings = [standing(n) for n in range(len(docs))]
    whole = resolve(standings, prints)
    assert len(whole.members) == 30
    monkeypatch.setattr("pipeline.overlap.edges.ALL_SHINGLES", 100)
    monkeypatch.setattr("pipeline.overlap.edges.PART", 70)
    assert resolve(standings, prints).members == whole.members
    assert resolve(standings, prints, None, OnDisk(tmp_path)).members == whole.members
    assert not list(tmp_path.iterdir()), "ranges on disk are gone when they have been used"


@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.integers(-3, 3),
            st.booleans(),
            st.integers(0, 2),
            st.sampled_from(["", "2020", "2020-01-02", "2021"]),
            st.sampled_from("abc"),
        ),
        max_size=12,
    )
)
def test_ranks_as_arrays_are_ranks(facts: list[tuple[bool, int, bool, int, str, str]]) -> None:
    """What a million documents are sorted by is the order of these facts, and equals are those of one hash, best first."""

    def rank(s: Standing) -> tuple[object, ...]:
        return not s.protect, s.priority, not s.licensed, -s.words, later_first(s.modified), s.sha256, s.id

    found = [Standing(f"s:{n:03}", "s", "", p, "merge", i, q, w, m, h * 64) for n, (p, i, q, w, m, h) in enumerate(facts)]
    outlines = [Outline(w, 0, h.encode() * 16) for _, _, _, w, _, h in facts]
    order = sorted(range(len(found)), key=lambda n: rank(found[n]))
    known = facts_of(found, outlines)
    assert known.order().tolist() == order
    first: dict[bytes, int] = {}
    equals: dict[int, list[int]] = {}
    alone = []
    for number in order:
        best = first.setdefault(outlines[number].exact, number)
        if best == number or outlines[number].words == 0:
            alone.append(number)
        else:
            equals.setdefault(best, []).append(number)
    found_equals, found_alone = known.equals()
    assert (found_equals, found_alone.tolist()) == (equals, alone)
