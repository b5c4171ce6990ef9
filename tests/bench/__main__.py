"""All benchmarks on the corpus: python -m tests.bench [FOLDER], by default the folder that PIPELINE_CORPUS names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
DATA = {
    "pages.py": ["html-wcxb-dev.jsonl.xz"],
    "wikitext.py": ["wikitext-articles.xml.bz2"],
    "dump_memory.py": ["wikitext-articles.xml.bz2"],
    "obsidian.py": ["vaults-dev.tar.xz"],
    "overlap.py": ["html-wcxb-dev.jsonl.xz"],
}  # benchmark -> its data in the corpus


def main() -> int:
    corpus = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("PIPELINE_CORPUS", HERE.parents[2] / "shared" / "corpus"))
    failed = 0
    for name, files in DATA.items():
        paths = [corpus / file for file in files]
        missing = [str(path) for path in [HERE / name, *paths] if not path.exists()]
        print(f"\n== {name}: " + (f"passed over, no {', '.join(missing)}" if missing else ", ".join(files)), flush=True)
        if not missing:
            failed |= subprocess.run([sys.executable, HERE / name, *paths], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
