"""The stages of a run: what workers do (parse, assemble), and what the driver does before, between and after them.

Those that run in workers take files and give one file and a small receipt, so that any executor can run them anywhere. Nothing here
knows what comes before or after; the order of stages is in ingest.py.
"""

from pipeline.stages.assemble import AssembleReceipt, AssembleTask, Cluster, assemble_batch
from pipeline.stages.keys import load_parser
from pipeline.stages.lines import json_line
from pipeline.stages.parse import parse_batch
from pipeline.stages.receipts import Head, ParseReceipt, ParseTask
from pipeline.stages.resolve import Corpus

__all__ = [
    "AssembleReceipt",
    "AssembleTask",
    "Cluster",
    "Corpus",
    "Head",
    "ParseReceipt",
    "ParseTask",
    "assemble_batch",
    "json_line",
    "load_parser",
    "parse_batch",
]
