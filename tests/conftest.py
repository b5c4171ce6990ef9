"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

# An example's deadline is wall time, which on a busy machine says nothing of the code: tests of speed count CPU themselves.
settings.register_profile("pipeline", deadline=None)
settings.load_profile("pipeline")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="rewrite goldens with what comes out now; the diff is the review")


@pytest.fixture
def corpus() -> Path:
    """The folder of public test corpora, named by PIPELINE_CORPUS; tests that need it are skipped where it is missing."""
    folder = Path(os.environ.get("PIPELINE_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not folder.is_dir():
        pytest.skip(f"no corpus at {folder}: set PIPELINE_CORPUS to a folder that holds it")
    return folder
