"""Detection: bounded whatever a document is made of."""

from __future__ import annotations

import time

import pytest

from pipeline.parsers.detect import HEAD, rank

SIGNS = "[a]( [a](<b [http://a [[File: [[ {{a| <a ![ '''a == __A * --- # ``` ~~~ > | &lt; <ref ="
UNITS = [*SIGNS.split(), "[http://a ", "* [[", "\n* [["]


@pytest.mark.parametrize("unit", UNITS)
def test_no_sign_is_looked_for_again_and_again(unit: str) -> None:
    head = unit * (HEAD // len(unit))
    start = time.process_time()
    rank(head, "x")
    assert time.process_time() - start < 0.5, "some 20 ms; a pattern that runs to the end from every place takes seconds"
