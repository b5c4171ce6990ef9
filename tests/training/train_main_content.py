r"""Trains the classifier of main content and writes its file; needs LightGBM, which the package itself does not.

    python tests/training/train_main_content.py PAGES.jsonl[.xz]... --articles NEWS.jsonl[.xz]... \
        --out pipeline/parsers/html/main_content.npz

A row is {id, url, page_type, html, truth}. Five folds by site give the cross-validated figures that are stored in the file
(and with --folds DIR the model of each fold); then all pages train the model that is shipped. Pages after --articles
(news_pages.py writes such a file) train the trees for articles in every fold, at a lower weight, and are never measured on.
One thread, fixed seeds, whole numbers: the same pages and the same LightGBM give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from labels import cut_off, labels, tokens, word_f1
from samples import rows, site

from pipeline.parsers.html import drivers, features, main_content
from pipeline.parsers.html.document import choose
from pipeline.parsers.html.rules import PROSE_LINKED

VERSION = "4"
FOLDS = 5
SOUND = 0.5  # share of a truth's words that the page's passages must have; below, it belongs to another page, or is empty
SHAPES = {"general": (5, 240), "article": (5, 160), "gate": (4, 150)}  # depth and number of trees: a third fewer cost two thousandths
ARTICLES = 0.3  # weight of a page after --articles: at 1, pages of the training set lose what those of other sets and languages gain
COMMON: dict[str, Any] = {
    "bagging_freq": 1,
    "bagging_fraction": 0.7,
    "lambda_l2": 5,
    "num_threads": 1,
    "seed": 3,
    "deterministic": True,
    "force_col_wise": True,
    "verbose": -1,
}
PASSAGES = COMMON | {
    "objective": "cross_entropy",
    "learning_rate": 0.1,
    "min_data_in_leaf": 80,
    "feature_fraction": 0.4,
    "max_bin": 63,
}
GENERAL = PASSAGES | {"learning_rate": 0.08, "feature_fraction": 0.2}  # pages of all kinds are less alike: more and smaller steps
GATE = COMMON | {
    "objective": "binary",
    "learning_rate": 0.05,
    "min_data_in_leaf": 15,
    "feature_fraction": 0.5,
}
ATTRIBUTION = "Trained on the development split of WCXB, (c) 2026 Murrough Foley, CC-BY-4.0"
ATTRIBUTION_ARTICLES = (
    "; articles also on pages of Fundus, (c) 2023 Max Dallabetta, Conrad Dobberstein, Aaron Wey, MIT, "
    "and of fundus-evaluation, (c) 2024 Conrad Dobberstein, MIT"
)


class Set:
    """All pages with their features, labels and weights."""

    def __init__(self, paths: list[str]) -> None:
        digest = hashlib.sha256()
        self.pages, self.truths, self.kinds, self.sites, gates, matrices, shares, sizes = [], [], [], [], [], [], [], []
        cuts, found = [], []
        for row in rows(paths):
            page = drivers.read(row["html"])
            digest.update(f"{row['id']}\0{hashlib.sha256((row['html'] + chr(0) + (row['truth'] or '')).encode()).hexdigest()}\n".encode())
            if not page.text:
                continue
            table = features.table(page)
            matrix = table.matrix()
            kin = [page.path[holder] for holder in page.holder]
            share, size = labels(page.text, row["truth"] or "", kin)
            links = [linked >= PROSE_LINKED * len(text) for linked, text in zip(page.linked, page.text, strict=True)]
            cuts.append(cut_off(share, size, links, kin))
            found.append(float((share * size).sum()) / max(1, len(tokens(row["truth"] or ""))))
            self.names = table.names
            self.pages.append(page)
            self.truths.append(row["truth"] or "")
            self.kinds.append(row["page_type"])
            self.sites.append(site(row.get("url") or "", row["id"]))
            gates.append(main_content.gate_row(table.names, matrix)[0])
            matrices.append(matrix)
            shares.append(share)
            sizes.append(size)
        self.hash = digest.hexdigest()
        self.matrix, self.gate = np.concatenate(matrices), np.array(gates)
        self.share, self.words = np.concatenate(shares), np.concatenate(sizes)
        self.page_of = np.repeat(np.arange(len(self.pages)), [len(m) for m in matrices])
        wanted = np.bincount(self.page_of, self.share * self.words)
        total = np.bincount(self.page_of, self.words)
        self.weight = self.words / (wanted + 0.25 * total + 20)[self.page_of]  # every page about the same, a passage by its words
        self.weight[np.concatenate(cuts)] = 0
        self.sound = np.array(found) >= SOUND
        self.article = np.array([kind == "article" for kind in self.kinds])
        names = sorted(set(self.sites))
        fold = np.random.default_rng(0).permutation(len(names)) % FOLDS
        self.fold = fold[[names.index(s) for s in self.sites]]


def fit(data: Set, pages: Any, more: Set | None) -> dict[str, Any]:
    """The arrays of the three sets of trees, trained on some pages (a mask), those for articles also on more."""
    out: dict[str, Any] = {"names": np.array(data.names)}
    sound = pages & data.sound
    for name, mask, settings in (("general", sound, GENERAL), ("article", sound & data.article, PASSAGES)):
        chosen = np.flatnonzero(mask[data.page_of])
        matrix, share, weight = data.matrix[chosen], data.share[chosen], data.weight[chosen]
        if more is not None and name == "article":
            added = np.flatnonzero(more.sound[more.page_of])
            matrix, share = np.concatenate((matrix, more.matrix[added])), np.concatenate((share, more.share[added]))
            weight = np.concatenate((weight, ARTICLES * more.weight[added]))
        out |= grow(name, settings, lightgbm.Dataset(matrix, share, weight=weight * len(weight) / weight.sum()))
    return out | grow("gate", GATE, lightgbm.Dataset(data.gate[pages], data.article[pages].astype(float)))


def grow(name: str, settings: dict[str, Any], rows: Any) -> dict[str, Any]:
    """One set of trees as arrays."""
    depth, rounds = SHAPES[name]
    booster = lightgbm.train(settings | {"max_depth": depth, "num_leaves": 2**depth}, rows, rounds)
    return arrays(booster, name, depth)


def arrays(booster: Any, name: str, depth: int) -> dict[str, Any]:
    """LightGBM's trees as perfect trees: a leaf above the last level repeats below nodes that always go left."""
    dump = booster.dump_model()["tree_info"]
    nodes = 2**depth - 1
    feature, threshold = np.zeros((len(dump), nodes), np.uint8), np.full((len(dump), nodes), np.inf, np.float32)
    leaf = np.zeros((len(dump), nodes + 1), np.int32)

    def put(tree: int, at: int, node: dict[str, Any]) -> None:
        if at >= nodes:
            leaf[tree, at - nodes] = round(node["leaf_value"] * main_content.LEAF)
        elif "split_feature" in node:
            feature[tree, at] = node["split_feature"]
            threshold[tree, at] = node["threshold"]
            put(tree, 2 * at + 1, node["left_child"])
            put(tree, 2 * at + 2, node["right_child"])
        else:
            put(tree, 2 * at + 1, node)
            put(tree, 2 * at + 2, node)

    for number, tree in enumerate(dump):
        put(number, 0, tree["tree_structure"])
    return {f"{name}.feature": feature, f"{name}.threshold": threshold, f"{name}.leaf": leaf}


def write(path: Path, stored: dict[str, Any], info: dict[str, Any]) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, **stored, info=np.array(json.dumps(info, sort_keys=True)))


def figures(data: Set, models: list[main_content.Model]) -> dict[str, Any]:
    """Word F1 of every page by the model that has not seen its site."""
    scores = np.zeros(len(data.pages))
    right = 0
    for number, page in enumerate(data.pages):
        gone = choose(page, "clean").rules
        found, keep, _ = main_content.decide(page, gone, model=models[data.fold[number]])
        right += found.is_article == bool(data.article[number])
        for repeat in main_content.repeated(page, keep):
            keep[repeat] = False
        bag = Counter(w for text, k in zip(page.text, keep, strict=True) if k for w in tokens(text))
        scores[number] = word_f1(bag, Counter(tokens(data.truths[number])))
    kinds = np.array(data.kinds)
    return {
        "word_f1": round(float(scores.mean()), 4),
        "pages": len(scores),
        "gate_right": round(right / len(scores), 4),
        "by_type": {kind: round(float(scores[kinds == kind].mean()), 4) for kind in sorted(set(data.kinds))},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="+")
    parser.add_argument("--articles", nargs="+", default=[], help="pages that are articles, for the trees of articles alone")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--folds", type=Path, help="a folder for the models of the folds and the list of which page is in which")
    args = parser.parse_args()
    data = Set(args.pages)
    more = Set(args.articles) if args.articles else None
    info: dict[str, Any] = {"name": "main-content", "version": VERSION, "attribution": ATTRIBUTION, "folds": FOLDS}
    info["training_set"] = {"sha256": data.hash, "pages": len(data.pages)}
    if more is not None:
        info["attribution"] += ATTRIBUTION_ARTICLES
        info["articles"] = {"sha256": more.hash, "pages": len(more.pages), "weight": ARTICLES}
    models = []
    for fold in range(FOLDS):
        stored = fit(data, data.fold != fold, more)
        path = (args.folds or args.out.parent) / f"fold{fold}.npz"
        write(path, stored, info)
        with path.open("rb") as file:
            models.append(main_content.load(file))
        if args.folds is None:
            path.unlink()
    if args.folds is not None:
        (args.folds / "sites.json").write_text(json.dumps({s: int(f) for s, f in zip(data.sites, data.fold, strict=True)}))
    info["cross_validated"] = figures(data, models)
    write(args.out, fit(data, np.ones(len(data.pages), bool), more), info)
    print(json.dumps(info, indent=1))


if __name__ == "__main__":
    main()
