"""The files below raw/: which are documents, which are parts of others."""

from __future__ import annotations

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
