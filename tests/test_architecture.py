"""The rules of the house (docs/architecture.md) that tools can check, and proof that each check bites."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from casefile import CASES, all_cases
from conftest import ROOT
from test_cases import parsed

from pipeline.report.rules import tables

PACKAGE = ROOT / "pipeline"
MODULES = sorted(PACKAGE.rglob("*.py"))
# Files and functions that are longer than the rule, each with its reason.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}

_EVENTS: list[tuple[str, object]] = []
_SEALED = False
_FORBIDDEN = (
    "open",
    "import",
    "os.listdir",
    "os.scandir",
    "os.remove",
    "subprocess.Popen",
    "sqlite3.connect",
    "socket.connect",
    "socket.__new__",
)


def _hook(event: str, args: tuple[object, ...]) -> None:
    if _SEALED and event in _FORBIDDEN:
        _EVENTS.append((event, args[:1]))


sys.addaudithook(_hook)


class sealed:
    """While it lasts, whatever touches the outside is noted."""

    def __enter__(self) -> list[tuple[str, object]]:
        global _SEALED
        _EVENTS.clear()
        _SEALED = True
        return _EVENTS

    def __exit__(self, *_: object) -> None:
        global _SEALED
        _SEALED = False


@pytest.mark.parametrize("path", sorted(CASES.glob("*.md")), ids=lambda p: p.stem)
def test_parsers_touch_nothing_outside(path: Path) -> None:
    """No file, process, socket or late import while documents are cleaned; libraries import lazily, so they are warmed first."""
    cases = [c for c in all_cases() if c.id.startswith(path.stem + ":")]
    for case in cases:
        parsed(case)
    with sealed() as events:
        for case in cases:
            parsed(case)
    assert not events


def test_the_seal_sees_what_it_must_see(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    for act in (lambda: (tmp_path / "a").read_text(), lambda: __import__("colorsys"), lambda: subprocess.run(["true"], check=True)):
        with sealed() as events:
            act()
        assert events


SEEDED = {
    "text knows a parser": ("pipeline/text/words.py", "import pipeline.parsers.plain\n"),
    "a parser reads a disk": ("pipeline/parsers/plain.py", "import pathlib\n"),
    "a parser knows another": ("pipeline/parsers/plain.py", "from pipeline.parsers import rendered_wiki\n"),
    "overlap knows markup": ("pipeline/overlap/decide.py", "import bs4\n"),
    "a second door to bs4": ("pipeline/parsers/wikitext/__init__.py", "import bs4\n"),
    "the core logs": ("pipeline/assemble.py", "import logging\n"),
    "a function-local import": ("pipeline/overlap/verify.py", "\ndef f() -> None:\n    import sqlite3\n    sqlite3.connect('x')\n"),
    "a module without a floor": ("pipeline/stray.py", "x = 1\n"),
}


@pytest.mark.parametrize("name", SEEDED)
def test_contracts_catch_seeded_violations(name: str, tmp_path: Path) -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    if not lint.exists():
        pytest.skip("import-linter is not installed: make check installs it")
    shutil.copytree(PACKAGE, tmp_path / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    where, code = SEEDED[name]
    with (tmp_path / where).open("a") as file:
        file.write("\n" + code)
    done = subprocess.run(
        [lint, "--no-cache"], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]


def test_contracts_hold_without_a_violation() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    if not lint.exists():
        pytest.skip("import-linter is not installed: make check installs it")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_files_and_functions_can_be_seen_at_once() -> None:
    long = []
    for path in MODULES:
        name, text = str(path.relative_to(ROOT)), path.read_text()
        if len(text.splitlines()) > 400 and name not in LONG_FILES:
            long.append(f"{name}: {len(text.splitlines())} lines")
        for function in _functions(ast.parse(text)):
            length = (function.end_lineno or 0) - function.lineno + 1
            if length > 60 and f"{name}:{function.name}" not in LONG_FUNCTIONS:
                long.append(f"{name}:{function.name}: {length} lines")
    assert not long, "split these, or give the reason in LONG_FILES or LONG_FUNCTIONS"


def test_everything_public_has_a_sentence() -> None:
    bare = []
    for path in MODULES:
        tree = ast.parse(path.read_text())
        name = str(path.relative_to(ROOT))
        if not ast.get_docstring(tree):
            bare.append(name)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
                bare.append(f"{name}:{node.name}")
    assert not bare


def test_every_field_of_the_values_has_a_sentence() -> None:
    bare = [line for line in (PACKAGE / "model.py").read_text().split("\n") if re.match(r"    \w+: ", line) and "  # " not in line]
    assert not bare


def test_every_rule_flag_and_diagnostic_is_explained() -> None:
    """Names that code writes out, and names that come out of any case, are in rules.toml, so that explain and the report can say each."""
    known = tables()
    names = {name for table in known.values() for name in table}
    used = set()
    for path in [*MODULES, *PACKAGE.rglob("*.toml")]:
        if path.name != "rules.toml":
            used |= set(re.findall(r"""["']((?:html|wikitext|obsidian|rendered_wiki|overlap)\.[a-z0-9_]+)["']""", path.read_text()))
    assert not {u for u in used if not u.endswith(".toml")} - names
    for doc in map(parsed, all_cases()):
        assert {r.rule for r in doc.removals} <= known["rules"].keys()
        assert set(doc.flags) <= known["flags"].keys()
        assert {d.code for d in doc.diagnostics} <= known["diagnostics"].keys()


def test_dependencies_declared_are_pinned_for_ci_without_addresses() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = (ROOT / ".ci/constraints.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[\w.]+", pin) for pin in pins)
    pinned = {pin.split("==")[0].lower().replace("_", "-") for pin in pins}
    declared = {re.split(r"[<>=\[ ]", d)[0].lower() for d in project["dependencies"]}
    assert declared <= pinned


def test_starting_is_cheap() -> None:
    """Heavy libraries are imported where they are used: four documents must not wait for what they do not need."""
    heavy = "numpy bs4 lxml mwparserfromhell frontmatter yaml pyromark rich jinja2 pyarrow"
    code = f"import sys, pipeline, pipeline.cli; print(*[m for m in {heavy.split()!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip() == ""
