"""Bytes to str, once, before any parser sees a document.

Order: byte order mark; valid UTF-8; UTF-8 with rare broken bytes; the charset that the document declares (latin-1 read as
cp1252, as browsers do); UTF-16 by its zero bytes and spaces; the encoding that reads as a language (charsets.py), last and
never over UTF-8. Source: WHATWG Encoding Standard.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from typing import NamedTuple

from pipeline.readers import charsets

HEAD = 4096  # bytes in which a declared charset is looked for; WHATWG asks for 1,024, saved pages put comments before it
PROBE = 65536  # bytes that decide whether data is binary
BINARY_SHARE = 0.10  # share of control bytes in PROBE above which data is no text; text with stray NULs stays below
# Sounds, programs and packed data have one to ten in a hundred, of all kinds; old texts have a kind or three (ends of DOS files, MARC).
BINARY_KINDS, BINARY_LEAST = 6, 0.01
SPACES = 0.005  # share of spaces and line ends in a text of any script; with its bytes the wrong way round it has hardly one
ODD = 0.002  # share of characters that do not exist, or control, in a text
VALID_PER_BROKEN = 4  # well-formed multi-byte sequences for one broken byte that make a text UTF-8: in cp1252 text they hardly occur

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""<(?:meta\b[^>]{0,500}?charset|\?xml\b[^>]{0,200}?encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.I)
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_NO_CONTROL = bytes(c for c in range(256) if c >= 32 or c in b"\t\n\r\f\x08\x1b")
_ALIASES = {
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}  # WHATWG: labels that browsers read as a superset
_MAGIC = (
    (b"%PDF-", "a PDF file"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive or office file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old office file"),
    (b"{\\rtf", "a rich text file (RTF)"),
    (b"RIFF", "a media file"),
    (b"\x00\x00\x01\x00", "an icon"),
)


class Decoded(NamedTuple):
    """A document's text and how it was read."""

    text: str  # no byte order mark, no surrogates; a byte that does not decode is U+FFFD
    encoding: str  # Python codec name; `utf-8-sig` where a byte order mark was cut
    flags: tuple[str, ...]  # encoding_broken_bytes | encoding_guessed


class NotText(Exception):
    """The data is no text; `error` and `hint` are sentences for the quarantine."""

    def __init__(self, error: str, hint: str) -> None:
        super().__init__(error)
        self.error = error
        self.hint = hint


def decode(data: bytes) -> Decoded:
    """The text of raw bytes.

    Raises NotText where the data is binary or no encoding fits.

    >>> decode("caf\\u00e9".encode("cp1252") + b' <meta charset="iso-8859-1">').text
    'café <meta charset="iso-8859-1">'
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _lossy(data[len(mark) :], encoding, "utf-8" if encoding == "utf-8-sig" else encoding)
    name = next((name for magic, name in _MAGIC if data.startswith(magic)), "")
    if name:
        raise NotText(f"this is {name}, not plain text", "convert it to HTML, Markdown or plain text, or remove it from raw/")
    wide = _utf16(data)
    if wide:
        return _lossy(data, wide, wide)
    if _is_binary(data):
        raise NotText("this is binary data, not text", "remove it from raw/, or convert it to a text format first")
    if encoding := charsets.escaped(data):
        return _lossy(data, encoding, encoding)
    try:
        return Decoded(data.decode("utf-8"), "utf-8", ())
    except UnicodeDecodeError:
        pass
    return _not_utf8(data)


def decode_forgiving(data: bytes) -> Decoded:
    """The text of raw bytes, whatever they are: where `decode` refuses, UTF-8 with U+FFFD for every byte that does not fit."""
    try:
        return decode(data)
    except NotText:
        return Decoded(_escape(data), "utf-8", ("encoding_broken_bytes",))


def declared_charset(data: bytes) -> str:
    """The Python codec of the charset that a page declares in its first bytes, empty where it declares none that is known."""
    found = _DECLARED.search(data[:HEAD])
    return _codec(found[1].decode("ascii")) if found else ""


def _codec(label: str) -> str:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return ""
    # The bytes were searched as ASCII, so a page that declares UTF-16 is not in UTF-16 (WHATWG, prescan, step 4).
    return "utf-8" if name.startswith(("utf-16", "utf-32")) else _ALIASES.get(name, name)


def _not_utf8(data: bytes) -> Decoded:
    declared = declared_charset(data)
    escaped = _escape(data)
    broken = escaped.count("\ufffd")
    if declared == "utf-8" or len(_MULTIBYTE.findall(data)) >= VALID_PER_BROKEN * broken:
        return Decoded(escaped, "utf-8", ("encoding_broken_bytes",))
    if declared:
        try:
            return _lossy(data, declared, declared)
        except (UnicodeError, ValueError, LookupError):
            pass
    guessed = charsets.guess(data)
    if not guessed:
        raise NotText("no encoding fits these bytes", "save the file as UTF-8")
    text, encoding, flags = _lossy(data, guessed, guessed)
    return Decoded(text, encoding, (*flags, "encoding_guessed"))


def _escape(data: bytes) -> str:
    """UTF-8 where every broken byte is one U+FFFD, so that offsets can be mapped back (text/offsets.py)."""
    text = data.decode("utf-8", "surrogateescape")
    return text.translate(_ESCAPED)


_ESCAPED = {0xDC00 + byte: 0xFFFD for byte in range(0x80, 0x100)}


def _lossy(data: bytes, name: str, codec: str) -> Decoded:
    if codec == "utf-8":
        text = _escape(data)
        return Decoded(text, name, ("encoding_broken_bytes",) if text.count("\ufffd") > data.count(b"\xef\xbf\xbd") else ())
    try:
        return Decoded(data.decode(codec), name, ())
    except UnicodeDecodeError:
        return Decoded(data.decode(codec, "replace"), name, ("encoding_broken_bytes",))


def _utf16(data: bytes) -> str:
    """UTF-16 without a byte order mark, known by zeros in every second byte, or by its spaces."""
    probe = data[:PROBE]
    if len(probe) < 8 or 0 not in probe:
        return ""
    even, odd = probe[::2].count(0), probe[1::2].count(0)
    half = len(probe) // 2
    if odd > 0.4 * half and even < 0.01 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.01 * half:
        return "utf-16-be"
    return next((encoding for encoding in ("utf-16-le", "utf-16-be") if _reads_as(probe, encoding)), "")


def _reads_as(probe: bytes, encoding: str) -> bool:
    """Whether bytes are text of another script than Latin in UTF-16: all characters exist, and there are spaces or line ends."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(probe)
    except UnicodeDecodeError:
        return False
    spaces = text.count(" ") + text.count("\n")
    odd = sum(count for sign, count in Counter(text).items() if unicodedata.category(sign) in ("Cn", "Co", "Cc") and sign not in "\t\n\r\f")
    return spaces >= SPACES * len(text) and odd <= ODD * len(text)


def _is_binary(data: bytes) -> bool:
    probe = data[:PROBE]
    control = probe.translate(None, _NO_CONTROL)
    share = len(control) / max(1, len(probe))
    return share > BINARY_SHARE or (share > BINARY_LEAST and len(set(control)) >= BINARY_KINDS)
