"""The files below raw/: which are documents, which are parts of others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline.readers.files import walk


def test_the_parts_of_a_page_that_was_saved_whole_are_no_documents(tmp_path: Path) -> None:
    documents = ["Slate.html", "Stein.htm", "log_files/day.html", "Basalt/Slate_files/note.md", "Other_files/page.html"]
    parts = ["Slate_files/saved_resource.html", "Slate_files/main.js.download", "Slate_files/deep/frame.html", "Stein-Dateien/frame.htm"]
    for name in (*documents, *parts, ".hidden", "a.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    found = {entry.path: entry.skip for entry in walk(tmp_path)}
    assert found == dict.fromkeys(documents, "") | dict.fromkeys([*parts, "a.png"], "attachment") | {".hidden": "hidden"}


def test_folders_may_lie_in_one_another_as_deep_as_a_file_system_has_them(tmp_path: Path) -> None:
    (tmp_path / ("d/" * 400)).mkdir(parents=True)
    (tmp_path / ("d/" * 400) / "deep.md").write_text("x")
    code = "import sys; from pipeline.readers.files import walk; sys.setrecursionlimit(200); print(*(e.real for e in walk(sys.argv[1])))"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert done.stdout == f"{('d/' * 400 + 'deep.md').encode()}\n", done.stderr[-300:]
