"""Raw documents in, clean merged JSON records out, and a ledger line for everything that went."""

from pipeline.convert import clean, detect
from pipeline.ingest import ingest, read

__all__ = ["clean", "detect", "ingest", "read"]
