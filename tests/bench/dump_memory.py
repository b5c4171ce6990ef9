"""Memory of a dump against its size: the pages of one dump, once and several times over, in a process of their own each.

    python tests/bench/dump_memory.py DUMP.xml[.bz2|.gz] [--times 1 8]

For every factor two figures: what reading and cleaning takes, page by page, nothing kept; and what a whole run takes (`pipeline ingest`
into a temporary folder), whose decisions about overlap keep a little for each page. Titles and a word in every line differ from copy to
copy, so that no copy is the same document.
"""

from __future__ import annotations

import argparse
import bz2
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PAGES = 50  # of a stream of the copy: multistream, as large dumps are
READ = """
import sys, resource
from pipeline.model import ParseOptions
from pipeline.convert import clean
from pipeline.readers.mediawiki_xml import pages, split
with open(sys.argv[1], "rb") as file:
    size = sum(len(clean(page.text, format="wikitext", source=ParseOptions(title=page.title)).text)
               for chunk in split(file) for page in pages(file, chunk.start, chunk.end))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, size)
"""
RUN = """
import subprocess, sys, resource
subprocess.run([sys.executable, "-m", "pipeline", "ingest"], cwd=sys.argv[1], check=True, capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def copies(dump: Path, times: int, to: Path) -> None:
    """Writes the pages of a dump `times` over as multistream bzip2."""
    data = dump.read_bytes()
    text = (bz2.decompress(data) if data.startswith(b"BZh") else data).decode()
    head = text[: text.index("<page>")]
    found = re.findall(r"<page>.*?</page>\s*", text, re.S)
    with to.open("wb") as file:
        file.write(bz2.compress(head.encode()))
        for number in range(times):
            mark = f" {number}" if number else ""
            for first in range(0, len(found), PAGES):
                pages = "".join(found[first : first + PAGES])
                pages = re.sub(r"(<title>[^<]*)", rf"\g<1>{mark}", pages)
                file.write(bz2.compress(re.sub(r"\b(the|of|and|in)\b", rf"\g<1>{mark.strip()}", pages).encode()))
        file.write(bz2.compress(b"</mediawiki>\n"))


def _asked(script: str, argument: Path) -> str:
    done = subprocess.run([sys.executable, "-c", script, argument], capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1].split()[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dump", type=Path)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 8])
    args = parser.parse_args()
    for times in args.times:
        with tempfile.TemporaryDirectory() as folder:
            raw = Path(folder, "raw", "wiki")
            raw.mkdir(parents=True)
            copies(args.dump, times, raw / "dump.xml.bz2")
            size = (raw / "dump.xml.bz2").stat().st_size / 1e6
            read, run = _asked(READ, raw / "dump.xml.bz2"), _asked(RUN, Path(folder))
            print(f"{times:3} times, {size:6.1f} MB packed: read and cleaned {read} MB, whole run {run} MB (largest process)")


if __name__ == "__main__":
    main()
