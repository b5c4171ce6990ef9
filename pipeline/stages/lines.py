"""Values as lines of JSON that every reader takes."""

from __future__ import annotations

from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder()
_UNSAFE = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))


def json_line(value: Any) -> bytes:
    """One line of JSON: UTF-8, no line separator of any kind inside, ends with a newline.

    >>> json_line({"a": "b\\u2028c"})
    b'{"a":"b\\\\u2028c"}\\n'
    """
    data = _ENCODER.encode(value)
    for raw, escaped in _UNSAFE:  # lead bytes of UTF-8 never occur inside another character, so bytes can be replaced
        if raw in data:
            data = data.replace(raw, escaped)
    return data + b"\n"
