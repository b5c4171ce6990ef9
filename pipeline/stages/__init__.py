"""The stages that run in workers: files in, one file and a small receipt out, so that any executor can run them anywhere.

Nothing here knows what comes before or after; the order of stages is in ingest.py.
"""

from pipeline.stages.assemble import AssembleReceipt, AssembleTask, Cluster, assemble_batch
from pipeline.stages.lines import json_line
from pipeline.stages.parse import PRINTS, Head, ParseReceipt, ParseTask, load_parser, parse_batch, without

__all__ = [
    "PRINTS",
    "AssembleReceipt",
    "AssembleTask",
    "Cluster",
    "Head",
    "ParseReceipt",
    "ParseTask",
    "assemble_batch",
    "json_line",
    "load_parser",
    "parse_batch",
    "without",
]
