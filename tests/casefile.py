"""Reads tests/cases/*.md: documents in, expectations out, as data that a person can read.

A case is a level-2 heading (its name), prose (why it matters), a four-backtick block (the raw document; its info string is the
format and options, `html mode=main path=a/b.html`), and a four-backtick `json` block: what must hold, a subset. A level-1
heading parts a file into groups; under `# Known failures` every case is a strict expected failure.

Keys of the expectation: text (exact) · contains, lacks (lists of strings) · title url language license attribution created modified
permalink (exact) · tags aliases (exact lists) · flags diagnostics rules (must be among them) · no_rules · kinds (block kinds in
order) · blocks ([kind, level, text] in order) · sections ([text of a block, [section]]) · links ([text, target, kind] in order) ·
images ([target, alt, caption]) · tables ([caption, header_rows, rows]) · citations (list of subsets) · metadata (subset).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.model import Document

_HEADING = re.compile(r"^(#{1,2}) (.+?)\s*$")
_FENCE = re.compile(r"^(`{4,})([^`\n]*)$")
CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a file."""

    id: str
    group: str
    format: str
    raw: str
    expected: dict[str, Any]
    options: dict[str, str] = field(default_factory=dict)

    @property
    def fails(self) -> bool:
        return self.group.lower() == "known failures"


def load(path: Path) -> list[Case]:
    """All cases of one file; a heading without both blocks is an error that names its line."""
    cases: list[Case] = []
    group = name = ""
    info = fence = ""
    body: list[str] = []
    raw: tuple[str, str] | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if fence:
            if line == fence:
                if info == "json":
                    assert raw is not None, f"{path.name}:{number}: an expectation without a raw block above it"
                    cases.append(_case(path, group, name, raw, json.loads("\n".join(body))))
                    raw = None
                else:
                    assert raw is None, f"{path.name}:{number}: two raw blocks in case {name!r}"
                    raw = (info, "\n".join(body))
                fence = ""
            else:
                body.append(line)
        elif match := _FENCE.match(line):
            fence, info, body = match[1], match[2].strip(), []
        elif match := _HEADING.match(line):
            assert raw is None, f"{path.name}:{number}: case {name!r} has no json block"
            if len(match[1]) == 1:
                group = match[2]
            else:
                name = match[2]
    assert not fence, f"{path.name}: a block is not closed in case {name!r}"
    return cases


def _case(path: Path, group: str, name: str, raw: tuple[str, str], expected: dict[str, Any]) -> Case:
    format, *rest = raw[0].split()
    return Case(f"{path.stem}: {name}", group, format, raw[1], expected, dict(item.split("=", 1) for item in rest))


def all_cases() -> list[Case]:
    """Every case of every file, in the order of names."""
    return [case for path in sorted(CASES.glob("*.md")) for case in load(path)]


def differences(doc: Document, expected: dict[str, Any]) -> list[str]:
    """What does not hold, one line each."""
    found: dict[str, Any] = {
        "kinds": [b.kind for b in doc.blocks],
        "blocks": [[b.kind, b.level, doc.text[b.start : b.end]] for b in doc.blocks],
        "links": [[x.text, x.target, x.kind] for x in doc.links],
        "images": [[i.target, i.alt, i.caption] for i in doc.images],
        "tables": [[t.caption, t.header_rows, t.rows] for t in doc.tables],
    }
    among = {"flags": doc.flags, "diagnostics": [d.code for d in doc.diagnostics], "rules": [r.rule for r in doc.removals]}
    bad: list[str] = []
    for name, want in expected.items():
        if name == "contains":
            bad += [f"text lacks {w!r}" for w in want if w not in doc.text]
        elif name == "lacks":
            bad += [f"text has {w!r}" for w in want if w in doc.text]
        elif name in among:
            bad += [f"{name} lack {w!r}: {among[name]}" for w in want if w not in among[name]]
        elif name == "no_rules":
            bad += [f"rule {w!r} fired" for w in want if w in among["rules"]]
        elif name == "removed":
            gone = {rule: "\n".join(r.text for r in doc.removals if r.rule == rule) for rule in want}
            bad += [f"{rule} took {gone[rule]!r}, not {words!r}" for rule, words in want.items() if words not in gone[rule]]
        elif name == "sections":
            have = {doc.text[b.start : b.end]: b.section for b in doc.blocks}
            bad += [f"section of {t!r} is {have.get(t)}" for t, section in want if have.get(t) != section]
        elif name == "metadata":
            bad += [f"metadata {k!r} is {doc.metadata.get(k)!r}" for k, v in want.items() if doc.metadata.get(k) != v]
        elif name == "citations":
            bad += [f"no citation like {w}" for w in want if not any(all(getattr(c, k) == v for k, v in w.items()) for c in doc.citations)]
        else:
            have = found[name] if name in found else getattr(doc, name)
            if have != want:
                bad.append(f"{name} is {have!r}, not {want!r}")
    return bad
