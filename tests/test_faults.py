"""Whatever fails, and wherever a run is killed: the next run publishes what a clean one does, byte for byte."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

# Every so many-th operation, and random kills. PIPELINE_FAULTS=1 tries every one and kills 200 times, which takes half an hour.
EVERY, KILLS = (1, 200) if os.environ.get("PIPELINE_FAULTS") else (160, 4)


def test_the_run_after_a_fault_publishes_what_a_clean_run_does(tmp_path: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux" or not compiler:
        pytest.skip("faults are injected through the loader of Linux, by a library that a C compiler has to make")
    faults, shim = ROOT / "tests/faults", tmp_path / "shim.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", shim, faults / "shim.c", "-ldl"], check=True)
    (tmp_path / "work").mkdir()
    command = [sys.executable, faults / "harness.py", shim, tmp_path / "work", str(EVERY), str(KILLS)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LD_PRELOAD": str(shim)})
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["problems"] == []
    assert found["cases"] > 50
