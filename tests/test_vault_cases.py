"""Vaults whose makers wrote down what should come out: each of their cases holds, or its divergence stands here with the reason.

Two test vaults: obsidian-export's inputs beside its exports, and a digital garden's vault beside a snapshot of what it publishes. Skipped
where the corpus is missing.
"""

from __future__ import annotations

import os
import re
import tarfile
from collections import Counter
from pathlib import Path

import pytest

from pipeline import clean
from pipeline.model import Document
from pipeline.text.words import words

ROOT = Path(__file__).parent.parent
CORPUS = Path(os.environ.get("PIPELINE_CORPUS", ROOT.parent / "shared" / "corpus")) / "vaults-dev.tar.xz"
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason=f"{CORPUS}: not here")

EMBEDDED = "an embed is a link here; the note that it names is a document of its own"
ID = "the exporter writes the label of a reference to a block as `note > `, without the id: here it is the note's name"
CODE = "the export was made with program code that changes it"
NEWER = "the vault was changed after the snapshot was taken"
IN_CODE = "the garden puts embeds and links in code blocks in, too; code stays as it is here"
COMPUTED = "the garden computes inline queries; here they stand as written"
FILTERED = "a filter of this garden puts one emoji in the place of another"
# Cases of obsidian-export that come out otherwise, and why.
EXPORT = {
    "infinite-recursion/Note A.md": EMBEDDED,
    "main-samples/embeds-note-in-subdir.md": EMBEDDED,
    "main-samples/embeds-partial-note.md": EMBEDDED,
    "main-samples/embeds.md": EMBEDDED,
    "main-samples/issue-188-wikilinks-need-trimming.md": ID,
    "main-samples/section-ref-b.md": ID,
    "non-ascii/Embed.md": EMBEDDED,
    "postprocessors/Note.md": CODE,
    "postprocessors/Note_embed_postprocess_only.md": CODE,
    "postprocessors/Note_embed_stop_and_skip.md": CODE,
    "same-filename-different-directories/Note.md": EMBEDDED,
    "start-at/single-file/Note B.md": "the same note as start-at/subdir/Note B.md, exported alone",
}
# Notes of the garden of which words are not in the snapshot, and why; of all others every word is there.
GARDEN = {
    "005 Custom filters.md": FILTERED,
    "B Bases/B0 Cards with covers.md": NEWER,
    "B Bases/Books/B1 Book with wikilink cover.md": NEWER,
    "E Embeds/Transclusions/T6 transclusion inside codeblock.md": IN_CODE,
    "L Links/01 Link to header.md": "the label of a link to a heading is `note > heading` here, as Obsidian shows it",
    "P Plugins/PD Dataview/PD2 Inline queries.md": COMPUTED,
    "P Plugins/PD Dataview/PD3 Inline JS queries.md": COMPUTED,
    "P Plugins/PD Dataview/PD5.1 Dataview in transclusions.md": COMPUTED,
}
# Notes of the garden whose snapshot has more, though they embed nothing and query nothing, and why.
GARDEN_MORE = {
    "005 Custom filters.md": FILTERED,
    "015 Code blocks.md": IN_CODE,
    "E Embeds/Transclusions/T6 transclusion inside codeblock.md": IN_CODE,
    "P Plugins/PD Dataview/PD2 Inline queries.md": COMPUTED,
    "P Plugins/PD Dataview/PD3 Inline JS queries.md": COMPUTED,
    "P Plugins/PD Dataview/PD5.1 Dataview in transclusions.md": COMPUTED,
}


@pytest.fixture(scope="module")
def vaults(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vaults")
    with tarfile.open(CORPUS) as archive:
        archive.extractall(folder, filter="data")
    return folder


def note(text: bytes | str, path: str) -> Document:
    return clean(text, format="obsidian", path=path)


def test_exports_say_what_their_notes_say(vaults: Path) -> None:
    base = vaults / "obsidian-export"
    other = {}
    expected = sorted((base / "expected").rglob("*.md"))
    for path in expected:
        name = str(path.relative_to(base / "expected"))
        source = base / "input" / name
        if not source.exists() or words(note(source.read_bytes(), name).text) != words(note(path.read_bytes(), name).text):
            other[name] = EXPORT.get(name, "")
    assert len(expected) > 25
    assert other == EXPORT


def garden(vaults: Path) -> dict[str, tuple[Document, Document]]:
    text = (vaults / "digital-garden-snapshot/snapshot.md").read_text()
    parts = re.split(r"^==========\n(.+)\n==========\n", text, flags=re.M)
    found = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        path = vaults / "digital-garden-vault" / name
        if path.suffix == ".md" and path.exists():
            body = re.sub(r"^(?:IMAGES:.*|,?(?:/img/user/|A Assets/).*|=+)\n?", "", body, flags=re.M)  # the list of its pictures
            found[name] = note(path.read_bytes(), name), note(body, name)
    return found


def test_the_garden_publishes_every_word_that_we_keep(vaults: Path) -> None:
    found = garden(vaults)
    assert len(found) > 40
    missing = {name for name, (ours, theirs) in found.items() if Counter(words(ours.text)) - Counter(words(theirs.text))}
    assert missing == set(GARDEN)


def test_what_the_garden_publishes_beside_is_embedded_or_computed(vaults: Path) -> None:
    more = {
        name
        for name, (ours, theirs) in garden(vaults).items()
        if Counter(words(theirs.text)) - Counter(words(ours.text))
        and not any(link.kind == "embed" for link in ours.links)
        and not any(r.rule == "obsidian.query_block" for r in ours.removals)
    }
    assert more == set(GARDEN_MORE)
