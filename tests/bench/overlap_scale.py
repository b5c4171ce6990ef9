"""How overlap grows: fingerprints to decisions over 10,000, 100,000 and 1,000,000 short documents, each in a process of its own.

    python tests/bench/overlap_scale.py TEXTS.jsonl[.xz|.gz] [--sizes 10000 100000 1000000]

TEXTS holds {"text": ...} or {"truth": ...} a line. Their sentences are put together anew with a fixed seed, some two hundred words a
document; every second word is another of theirs, as a pool of sentences that is drawn from again and again would make all documents
kin. Of a hundred documents ten are copies of an earlier one with a paragraph changed, and five are exact copies. Fingerprints are
written to disk and read from there, as in a run. Printed: CPU and wall seconds of fingerprinting and of deciding, peak memory, bytes of
fingerprints on disk for a document, how many were merged, and the exponent of growth between sizes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import lzma
import math
import os
import random
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.model import Block, Document
from pipeline.overlap import resolve
from pipeline.overlap.decide import Standing
from pipeline.overlap.fingerprint import Fingerprint, Outline, fingerprints
from pipeline.store import segments
from pipeline.store.ranges import OnDisk
from pipeline.text.words import sentences

BATCH = 200  # documents fingerprinted at once, as in a run
SENTENCES = 10  # of a document


def pool(path: Path) -> list[str]:
    """Distinct sentences of real texts."""
    opener: Any = {".xz": lzma.open, ".gz": gzip.open}.get(path.suffix, open)
    found: dict[str, None] = {}
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text = row.get("text") or row.get("truth") or ""
            found.update(dict.fromkeys(text[a:b] for a, b in sentences(text) if 8 <= text.count(" ", a, b) <= 40))
    return list(found)


def texts(sentences_: list[str], count: int) -> Iterator[list[str]]:
    """Documents as paragraphs; the first n are the same whatever the count."""
    vocabulary = sorted({word.lower() for sentence in sentences_ for word in sentence.split() if word.isalpha()})

    def sentence(chance: random.Random) -> str:
        words = chance.choice(sentences_).split()
        words[1::2] = chance.choices(vocabulary, k=len(words[1::2]))
        return " ".join(words)

    recent: list[list[str]] = []
    for number in range(count):
        chance = random.Random(number)
        kind = number % 100
        if kind >= 85:
            paragraphs = list(chance.choice(recent))
            if kind >= 90:
                paragraphs[chance.randrange(len(paragraphs))] = f"{sentence(chance)} {sentence(chance)}"
        else:
            paragraphs = [f"{sentence(chance)} {sentence(chance)}" for _ in range(SENTENCES // 2)]
            recent = [*recent[-200:], paragraphs]
        yield paragraphs


def document(paragraphs: list[str]) -> Document:
    """A document of paragraphs."""
    blocks, at = [], 0
    for paragraph in paragraphs:
        blocks.append(Block("paragraph", 0, at, at + len(paragraph), []))
        at += len(paragraph) + 2
    return Document(text="\n\n".join(paragraphs), blocks=blocks)


class View(Sequence[Any]):
    """A value of each document, made when it is asked for."""

    def __init__(self, count: int, value: Any) -> None:
        self._count, self._value = count, value

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: Any) -> Any:
        return self._value(number)


def run(path: Path, count: int) -> dict[str, float]:
    """One size."""
    found = pool(path)
    with tempfile.TemporaryDirectory() as work:
        place = Path(work) / "00000001"
        places = np.zeros((count, 2), dtype=np.int64)
        number = 0
        making = passed = 0.0
        words = np.zeros((count, 2), dtype=np.int64)
        exact = np.zeros(count, dtype="S16")
        with segments.Writer(place) as writer:
            batch: list[Document] = []
            for paragraphs in texts(found, count):
                batch.append(document(paragraphs))
                if len(batch) == BATCH or number + len(batch) == count:
                    cpu, wall = time.process_time(), time.monotonic()
                    prints = fingerprints(batch)
                    making, passed = making + time.process_time() - cpu, passed + time.monotonic() - wall
                    for print_ in prints:
                        places[number] = writer.add(print_)
                        words[number] = print_.words, len(print_.strong) // 8
                        exact[number] = print_.exact
                        number += 1
                    batch = []
        disk = place.stat().st_size / count
        cpu, wall = time.process_time(), time.monotonic()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        def standing(n: int) -> Standing:
            return Standing(f"s{n % 7}:{n:08}", f"s{n % 7}", f"title {n}", False, "merge", n % 7, True, int(words[n, 0]), "", f"{n:064}")

        with segments.Reader(Path(work), Fingerprint) as reader:
            prints_ = View(count, lambda n: reader.get(place.name, int(places[n, 0]), int(places[n, 1])))
            outlines = View(count, lambda n: Outline(int(words[n, 0]), int(words[n, 1]), bytes(exact[n]).ljust(16, b"\0")))
            decisions = resolve(View(count, standing), prints_, outlines, OnDisk(Path(work)))
        return {
            "documents": count,
            "fingerprints_cpu_s": making,
            "fingerprints_wall_s": passed,
            "decide_cpu_s": time.process_time() - cpu,
            "decide_wall_s": time.monotonic() - wall,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "peak_before_mb": before / 1024,
            "disk_bytes_a_document": disk,
            "merged": count - len(decisions.records),
        }


def apart(path: Path, count: int) -> dict[str, float]:
    """One size in a process of its own, so that its peak of memory is its own."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, json.dumps(run(path, count)).encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as answer:
        return dict(json.load(answer))


def main() -> None:
    """Runs every size and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    arguments = parser.parse_args()
    last: dict[str, float] = {}
    for size in arguments.sizes:
        found = apart(arguments.texts, size)
        print(json.dumps({k: round(v, 2) for k, v in found.items()}), flush=True)
        if last:
            for name in ("fingerprints_cpu_s", "decide_cpu_s"):
                grown = math.log(found[name] / last[name]) / math.log(found["documents"] / last["documents"])
                print(f"  {name}: exponent {grown:.2f}", flush=True)
        last = found


if __name__ == "__main__":
    main()
