"""From some documents of a new source to a stanza: its format, and lines that all of them carry."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from pipeline.convert import clean, detect
from pipeline.errors import UsageError
from pipeline.model import Document, ParseOptions
from pipeline.parsers import detect as detection
from pipeline.readers.decode import decode_forgiving
from pipeline.text.words import sentences

MOST_LINES = 12  # furniture lines that are proposed: more are a sign of documents that share their content
LINE_CHARACTERS = 200  # a longer line that recurs is content
KEPT = 0.9  # share of the words of each sample's own that a selector has to keep to be proposed
SELECTORS = ("article", "main", "[role=main]", "#content", "#main", ".content", ".post")
CASE_CHARACTERS = 20_000  # a longer sample makes no case: nobody would read it


class Sample(NamedTuple):
    """A document of the new source."""

    name: str  # file name
    data: bytes
    format: str = ""  # as its container states it


class Proposal(msgspec.Struct, frozen=True):
    """What a stanza could say, and why."""

    name: str
    format: str  # empty where the samples are of several formats, or of none that is clear
    reasons: list[str]
    language: str
    base_url: str
    drop_lines: list[str]  # lines as they stand
    select: list[str]
    documents: list[Document]  # the samples, as the proposal has them cleaned

    def stanza(self) -> str:
        """The stanza as TOML.

        >>> print(Proposal("stones", "html", [], "en", "", [], [], []).stanza().splitlines()[1])
        format = "html"
        """
        rows = [f"[sources.{self.name}]"]
        if self.format:
            rows.append(f"format = {_string(self.format)}")
        rows.append('license = ""                     # SPDX id, such as "CC-BY-4.0"')
        rows.append('attribution = ""                 # whom to credit')
        rows += [f"{key} = {_string(value)}" for key, value in (("language", self.language), ("base_url", self.base_url)) if value]
        if self.select:
            rows.append(f"select = [{', '.join(map(_string, self.select))}]")
        if self.drop_lines:
            patterns = (f"    {_string('^' + re.escape(line).replace(chr(92) + ' ', ' ') + '$')}," for line in self.drop_lines)
            rows += ["drop_lines = [                   # stood in every sample", *patterns, "]"]
        return "\n".join(rows) + "\n"


def propose(name: str, samples: Sequence[Sample]) -> Proposal:
    """A stanza for documents like these.

    Raises UsageError where there is no sample, or a name that no source can have.
    """
    if not samples:
        raise UsageError("no samples: give at least one file with --sample, better three")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise UsageError(f"source name {name!r} must be letters, digits, `_`, `-`, `.`, as it stands in record ids before a colon")
    format, reasons = _format(samples)
    documents = [_cleaned(s, format, ParseOptions()) for s in samples]
    recurring = _recurring(documents)
    select: list[str] = []
    if format == "html" and recurring:
        select = _select(samples, documents, recurring)
        if select:
            documents = [_cleaned(s, format, ParseOptions(select=tuple(select))) for s in samples]
            recurring = _recurring(documents)
    return Proposal(
        name=name,
        format=format,
        reasons=reasons,
        language=_common([d.language for d in documents]),
        base_url=_common([_origin(d.url) for d in documents]),
        drop_lines=recurring[:MOST_LINES],
        select=select,
        documents=documents,
    )


def case_file(name: str, proposal: Proposal, samples: Sequence[Sample]) -> str:
    """The samples as cases for tests/cases: what must hold of each, for a person to correct."""
    parts = [f"Documents of the source {name}: what must hold of each. Correct what is wrong, and the tests hold it.\n\n# In the wild\n"]
    for sample, document in zip(samples, proposal.documents, strict=True):
        raw = decode_forgiving(sample.data).text
        if len(raw) > CASE_CHARACTERS or "\r" in raw:
            continue
        found = [document.text[a:b] for a, b in sentences(document.text)]
        chosen = list(dict.fromkeys([*found[:1], *found[len(found) // 2 : len(found) // 2 + 1], *found[-1:]]))
        chosen = [text for text in chosen if text not in proposal.drop_lines]
        fence = "`" * max(4, 1 + max((len(run) for run in re.findall(r"`+", raw)), default=0))
        expected = json.dumps({"title": document.title, "contains": chosen}, ensure_ascii=False, indent=1)
        format = proposal.format or sample.format or detection.choose(detection.rank(raw, sample.name)) or "text"
        parts.append(f"## {sample.name}\n\n{fence}{format}\n{raw}\n{fence}\n\n{fence}json\n{expected}\n{fence}\n")
    return "\n".join(parts)


def _format(samples: Sequence[Sample]) -> tuple[str, list[str]]:
    """The format that all samples have, and what spoke for it; empty where they disagree, it is not clear, or containers state it."""
    chosen, reasons = set(), []
    for sample in samples:
        if sample.format:  # a stanza that named one would overrule what is stated for each
            chosen.add("")
            reasons.append(f"{sample.name}: {sample.format} (its container says so)")
            continue
        found = detect(sample.data, sample.name)
        name = detection.choose(found)
        chosen.add(name or "")
        best = found[0] if found else None
        reasons.append(f"{sample.name}: " + (f"{name} ({', '.join(best.reasons)})" if name and best else "not clear"))
    return (chosen.pop() if len(chosen) == 1 else ""), reasons


def _cleaned(sample: Sample, format: str, options: ParseOptions) -> Document:
    return clean(sample.data, format=format or sample.format or None, path=sample.name, source=options)


def _recurring(documents: Sequence[Document]) -> list[str]:
    """Short lines that stand in every sample, in the order of the first: of one sample nothing recurs."""
    if len(documents) < 2:
        return []
    counts = Counter(line for d in documents for line in {line.strip() for line in d.text.split("\n")})
    lines = [line.strip() for line in documents[0].text.split("\n")]
    return [x for x in dict.fromkeys(lines) if x and len(x) <= LINE_CHARACTERS and counts[x] == len(documents)]


def _select(samples: Sequence[Sample], documents: Sequence[Document], recurring: Sequence[str]) -> list[str]:
    """A selector that keeps what is each sample's own, and leaves lines that recur behind."""
    for selector in SELECTORS:
        found = [_cleaned(s, "html", ParseOptions(select=(selector,))) for s in samples]
        kept = all(_own(new, recurring) >= KEPT * _own(old, recurring) > 0 for new, old in zip(found, documents, strict=True))
        if kept and len(_recurring(found)) < len(recurring):
            return [selector]
    return []


def _own(document: Document, recurring: Sequence[str]) -> int:
    """Words of a document that are not in lines that recur."""
    return sum(len(line.split()) for line in document.text.split("\n") if line.strip() not in recurring)


def _common(values: Sequence[str]) -> str:
    return values[0] if len(set(values)) == 1 else ""


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}/" if parts.scheme in ("http", "https") and parts.netloc else ""


def _string(text: str) -> str:
    """A TOML string: literal where it can be, as regexes read better so."""
    return f"'{text}'" if "\\" in text and "'" not in text else json.dumps(text, ensure_ascii=False)
