"""CPU from texts to pairs of documents that overlap, beside the tools that people use, in one process and one run.

    python tests/bench/overlap.py TEXTS.jsonl[.xz|.gz] [--limit N] [--rounds N]

TEXTS holds {"text": ...} or {"truth": ...} a line; every paragraph of 30 words or more is a document. Peers not installed are named
and passed over. Recall and precision are against exact word 5-shingle Jaccard of .8, worked out by brute force over an inverted index.
"""

from __future__ import annotations

import argparse
import collections
import gc
import gzip
import json
import lzma
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.model import Block, Document
from pipeline.overlap import resolve
from pipeline.overlap.decide import Standing
from pipeline.overlap.fingerprint import fingerprints
from pipeline.overlap.verify import MIN_SHARED_WORDS as WORDS  # below it neither a likeness nor a template is a relation

Pairs = set[tuple[int, int]]
BATCH = 200  # documents fingerprinted at once, as in a run


def texts(path: Path, limit: int) -> list[str]:
    """Paragraphs of a file, every tenth with a word changed and added again, so that there is something to find."""
    opener = {".xz": lzma.open, ".gz": gzip.open}.get(path.suffix, open)
    found: list[str] = []
    with opener(path, "rt", encoding="utf-8") as lines:  # type: ignore[operator]  # three openers of one call shape
        for line in lines:
            row = json.loads(line)
            found += [p for p in re.split(r"\n+", row.get("text") or row.get("truth") or "") if len(p.split()) >= 30]
            if len(found) >= limit:
                break
    found = list(dict.fromkeys(found[:limit]))
    for number, text in enumerate(found[::10]):
        words = text.split()
        words[number % len(words)] = "changed"
        found.append(" ".join(words))
    return found


def shingles(text: str) -> set[str]:
    """Word 5-shingles, as peers are fed."""
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[i : i + 5]) for i in range(max(1, len(words) - 4))}


def relations(found: list[str]) -> dict[tuple[int, int], float]:
    """Every verified relation by the real road: words, fingerprints, join, exact measure, decisions; with its Jaccard."""
    documents = [Document(text=t, blocks=[Block("paragraph", 0, 0, len(t), [])]) for t in found]
    prints = [p for start in range(0, len(documents), BATCH) for p in fingerprints(documents[start : start + BATCH])]
    standings = [Standing(f"a:{n:07}", "a", str(n), False, "merge", 1, True, len(t), "", str(n)) for n, t in enumerate(found)]
    done = resolve(standings, prints)
    return {(i, r.other): r.jaccard for i, others in done.relations.items() for r in others if i < r.other}


def ours(found: list[str]) -> Pairs:
    """The pairs of Jaccard .8 or more among them."""
    return {pair for pair, jaccard in relations(found).items() if jaccard >= 0.8}


def datasketch(found: list[str]) -> Pairs:
    """MinHash of 128 permutations and LSH at .8, signatures in bulk."""
    from datasketch import MinHash, MinHashLSH

    signatures = MinHash.bulk([[s.encode() for s in shingles(t)] for t in found], num_perm=128, seed=1)
    index = MinHashLSH(threshold=0.8, num_perm=128)
    for number, signature in enumerate(signatures):
        index.insert(number, signature)
    return {(i, j) for i, s in enumerate(signatures) for j in index.query(s) if i < j}


def rensa(found: list[str]) -> Pairs:
    """MinHash in Rust, 16 bands of 8."""
    import rensa as library

    signatures = library.RMinHash.from_token_sets([list(shingles(t)) for t in found], num_perm=128, seed=42)
    index = library.RMinHashLSH(threshold=0.8, num_perm=128, num_bands=16)
    index.insert_pairs(enumerate(signatures))
    return {(i, j) for i, others in enumerate(index.query_all(signatures)) for j in others if i < j}


def datatrove(found: list[str]) -> Pairs:
    """Its signature step with its defaults, then buckets that agree: what its four stages do, without their files."""
    import numpy as np
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature

    buckets: dict[tuple[int, tuple[int, ...]], list[int]] = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        step = MinhashDedupSignature(output_folder=folder, config=MinhashConfig())
        for number, text in enumerate(found):
            grams = step.get_shingles(text)
            if grams.size:
                for band, signature in enumerate(step.get_signature(grams)):
                    buckets[band, tuple(np.asarray(signature).tolist())].append(number)
    return {(i, j) for group in buckets.values() for k, i in enumerate(group) for j in group[k + 1 :]}


class Shared(NamedTuple):
    """What two texts share, counted."""

    jaccard: float
    containment: float  # of the smaller
    shingles: int


def exact(found: list[str]) -> dict[tuple[int, int], Shared]:
    """The truth of all pairs that share a shingle."""
    sets = [shingles(t) for t in found]
    where: dict[str, list[int]] = collections.defaultdict(list)
    for number, grams in enumerate(sets):
        for gram in grams:
            where[gram].append(number)
    shared: collections.Counter[tuple[int, int]] = collections.Counter()
    for group in where.values():
        shared.update((i, j) for k, i in enumerate(group) for j in group[k + 1 :])
    sizes = [len(s) for s in sets]
    return {(i, j): Shared(n / (sizes[i] + sizes[j] - n), n / min(sizes[i], sizes[j]), n) for (i, j), n in shared.items()}


SYSTEMS: dict[str, Callable[[list[str]], Pairs]] = {"pipeline": ours, "datasketch": datasketch, "rensa": rensa, "datatrove": datatrove}


def timed(found: list[str], rounds: int) -> Iterator[tuple[str, float, Pairs]]:
    """(system, median CPU seconds, pairs), rounds interleaved so that a slow moment hits all alike."""
    usable = []
    for name, run in SYSTEMS.items():
        try:
            run(found[:50])
            usable.append(name)
        except ImportError as error:
            print(f"{name}: not installed ({error.name})")
    gc.collect()
    gc.freeze()  # what one library has loaded is no cost of the others: collections would walk through it again and again
    spent: dict[str, list[float]] = {name: [] for name in usable}
    pairs: dict[str, Pairs] = {}
    for _ in range(rounds):
        for name in usable:
            gc.collect()
            start = time.process_time()
            pairs[name] = SYSTEMS[name](found)
            spent[name].append(time.process_time() - start)
    for name in usable:
        yield name, sorted(spent[name])[rounds // 2], pairs[name]


def main() -> None:
    """Prints a line a system."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--limit", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    found = texts(args.texts, args.limit)
    measured = exact(found)
    truth = {pair for pair, x in measured.items() if x.jaccard >= 0.8}
    print(f"{len(found)} texts, {len(truth)} pairs of Jaccard .8 or more")
    base = 0.0
    for name, cpu, pairs in timed(found, args.rounds):
        base = base or cpu
        hit = len(pairs & truth)
        print(f"{name:12} {cpu:7.2f} s  ours / it = {base / cpu:5.2f}  P {hit / max(1, len(pairs)):.3f}  R {hit / max(1, len(truth)):.3f}")
    linked = relations(found).keys()
    print(f"relations of pipeline, where a pair shares {WORDS} words or one contains the other:")
    for what in ("jaccard .5", "jaccard .8", "containment .8"):
        name, least = what.split()
        must = {p for p, x in measured.items() if getattr(x, name) >= float(least) and (x.shingles > WORDS - 5 or x.containment >= 0.8)}
        print(f"    {what} or more: R {len(must & linked) / max(1, len(must)):.4f} of {len(must)}")


if __name__ == "__main__":
    main()
