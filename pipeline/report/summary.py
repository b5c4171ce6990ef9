"""The counts of a run, and the guards that they must pass before anything is published."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from pipeline.config import Settings
from pipeline.errors import EnvironmentFailedError, GuardError, UsageError
from pipeline.model import SCHEMA_VERSION
from pipeline.overlap import Resolution
from pipeline.stages import AssembleReceipt, Corpus
from pipeline.stages.furniture import Furniture
from pipeline.stages.links import LinkCounts

MOST_FURNITURE = 20  # lines that recur, listed for each source
MOST_TEMPLATES = 100  # unknown templates listed in the report: enough to extend the table by, few enough to read


class Accounting(msgspec.Struct, frozen=True):
    """found = records + merged + quarantined + skipped, always."""

    found: int  # entries below raw/, members of containers counted one by one
    records: int  # lines of documents.jsonl
    merged: int  # documents that joined another record
    quarantined: int  # lines of quarantine.jsonl
    skipped: int  # entries that are no documents: hidden files, attachments


class SourceReport(msgspec.Struct):
    """The counts of one source."""

    records: int = 0  # records whose canonical document is of this source
    merged: int = 0  # documents that joined a record, of this source or another
    quarantined: int = 0  # documents that could not be read
    skipped: int = 0  # entries that are no documents
    words: int = 0  # words of clean text before overlap
    words_lost: int = 0  # of these, words that overlap took, all of them in another record
    license: str = ""  # as the stanza states it
    links: int = 0  # links of its records that lead to a record
    links_unresolved: int = 0  # wiki links, embeds and relative links that lead to none
    links_ambiguous: int = 0  # links whose name several documents bear
    furniture: list[Furniture] = []  # lines that recur in its documents, the most frequent: taken out with learn_furniture = true


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What report.json holds; no times, hosts or paths outside raw/."""

    schema_version: str
    accounting: Accounting
    sources: dict[str, SourceReport]
    skipped: dict[str, int]  # reason -> entries
    licenses: dict[str, int]  # licence -> records
    relations: dict[str, int]  # relation -> pairs of documents
    rules: dict[str, int]  # rule -> ledger lines
    flags: dict[str, int]  # flag -> documents
    diagnostics: dict[str, int]  # code -> count
    unknown_templates: dict[str, int]  # the most frequent templates that templates.toml does not know


def make(
    corpus: Corpus,
    decisions: Resolution,
    assembled: Sequence[AssembleReceipt],
    links: Mapping[str, LinkCounts],
    furniture: Mapping[str, Sequence[Furniture]],
    settings: Settings,
) -> Report:
    """The report of a run from what its stages counted; documents are numbered as in `decisions`."""
    skipped = _total(corpus.skipped.values())
    accounting = Accounting(
        found=corpus.found,
        records=sum(r.records for r in assembled),
        merged=len(corpus) - len(decisions.records),
        quarantined=len(corpus.quarantined),
        skipped=skipped.total(),
    )
    rules = Counter(corpus.tally.rules) + _total(c for r in assembled for c in r.rules.values())
    relations = Counter(
        "merged" if other.other in decisions.members.get(number, ()) or number in decisions.members.get(other.other, ()) else other.relation
        for number, found in decisions.relations.items()
        for other in found
        if number < other.other
    )
    return Report(
        schema_version=SCHEMA_VERSION,
        accounting=accounting,
        sources=_sources(corpus, decisions, assembled, links, furniture, settings),
        skipped=_sorted(skipped),
        licenses=_sorted(_total(r.licenses for r in assembled)),
        relations=_sorted(relations),
        rules=_sorted(rules),
        flags=_sorted(corpus.tally.flags),
        diagnostics=_sorted(corpus.tally.diagnostics),
        unknown_templates=dict(sorted(corpus.tally.templates.items(), key=lambda x: (-x[1], x[0]))[:MOST_TEMPLATES]),
    )


def _sources(
    corpus: Corpus,
    decisions: Resolution,
    assembled: Sequence[AssembleReceipt],
    links: Mapping[str, LinkCounts],
    furniture: Mapping[str, Sequence[Furniture]],
    settings: Settings,
) -> dict[str, SourceReport]:
    found: dict[str, SourceReport] = {name: SourceReport(license=s.license) for name, s in settings.sources.items()}

    def of(name: str) -> SourceReport:
        return found.setdefault(name, SourceReport())

    for line in corpus.quarantined:
        of(line.source).quarantined += 1
    for name, reasons in corpus.skipped.items():
        of(name).skipped += reasons.total()
    records = set(decisions.records)
    for number, (_, head) in enumerate(corpus):
        source = of(head.source)
        source.words += head.words
        if number in records:
            source.records += 1
        else:
            source.merged += 1
    for done in assembled:
        for name, words in done.words_lost.items():
            of(name).words_lost += words
    for name, counts in links.items():
        of(name).links, of(name).links_unresolved, of(name).links_ambiguous = counts.resolved, counts.unresolved, counts.ambiguous
    for name, lines in furniture.items():
        of(name).furniture = list(lines[:MOST_FURNITURE])
    return dict(sorted(found.items()))


def published(out: Path) -> Report:
    """The report of the published set. Raises EnvironmentFailedError where it is damaged."""
    try:
        return msgspec.json.decode((out / "report.json").read_bytes(), type=Report)
    except msgspec.DecodeError as error:
        raise EnvironmentFailedError(f"{out / 'report.json'} cannot be read; run `pipeline ingest`, which makes the set anew") from error


def check(report: Report, settings: Settings, limit: tuple[float, bool]) -> None:
    """The guards of a run.

    Raises GuardError where the accounting equation does not hold, where overlap took more of a source than its `max_loss`, or where
    more was quarantined than `limit` (from `quarantine_limit`) allows.
    """
    a = report.accounting
    if a.found != a.records + a.merged + a.quarantined + a.skipped:
        raise GuardError(f"the counts do not balance: {a}; nothing was published, please report this")
    for name, source in report.sources.items():
        allowed = settings.sources[name].max_loss if name in settings.sources else 0.5
        if source.words and source.words_lost > allowed * source.words:
            raise GuardError(
                f"overlap would take {source.words_lost} of {source.words} words of source {name} "
                f"({source.words_lost / source.words:.0%}), more than max_loss = {allowed:g} allows; nothing was published. "
                f"If that is right (a mirror, say), raise max_loss in [sources.{name}]"
            )
    number, is_share = limit
    allowed_lines = number * (a.found - a.skipped) if is_share else number
    if a.quarantined > allowed_lines:
        raise GuardError(
            f"{a.quarantined} of {a.found - a.skipped} documents would be quarantined, more than --max-quarantine allows; "
            "nothing was published. Run without the option to see them in quarantine.jsonl"
        )


def quarantine_limit(text: str) -> tuple[float, bool]:
    """The limit that `--max-quarantine` names: (number, False) or (share, True); no text is no limit.

    Raises UsageError.

    >>> quarantine_limit("2.5%")
    (0.025, True)
    """
    if not text:
        return float("inf"), False
    found = re.fullmatch(r"(\d+(?:\.\d+)?)%|(\d+)", text.strip())
    if not found:
        raise UsageError(f"--max-quarantine {text}: give a number of documents (5) or a share of them (1%)")
    return (float(found[1]) / 100, True) if found[1] else (float(found[2]), False)


def _total(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    whole: Counter[str] = Counter()
    for one in counts:
        whole.update(one)
    return whole


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))
