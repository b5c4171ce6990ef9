"""Dates as mail, feeds and exports write them."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

_ISO = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)?")
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z")


def iso_date(value: str) -> str:
    """A date in ISO 8601, from that, its basic form, or the form of RFC 5322; empty where it is none of these.

    >>> iso_date("Sat, 21 Nov 2026 10:00:00 +0000"), iso_date("20261121T100000Z"), iso_date("yesterday")
    ('2026-11-21T10:00:00+00:00', '2026-11-21T10:00:00Z', '')
    """
    value = value.strip()
    if _ISO.fullmatch(value):
        return value
    if basic := _BASIC.fullmatch(value):
        return "{}-{}-{}T{}:{}:{}Z".format(*basic.groups())
    try:
        return parsedate_to_datetime(value).isoformat() if value else ""
    except (ValueError, OverflowError):
        return ""
