"""Words, sentences and the normal form under which two passages say the same.

The normal form is for matching only and never stands in a record. It forgets case, typographic variants, punctuation and
footnote marks; it never forgets a digit, a decimal point, a sign or a negation.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise

# A sentence ends at . ! ? or the stop of another script (Arabic, Urdu, Indic, Armenian, Ethiopic, Burmese, Khmer) before white space and
# no small letter, at CJK full stops, at a line end; marks of footnotes behind its stop are its own. A stop inside closing quotes or
# brackets ends none: a split that is missed keeps a sentence with its neighbour, one too many tears it in two.
_MARKS = r"(?:\[(?:\d{1,3}|[a-z]|(?:nb?|[Nn]ote) ?\d{1,3})\]){0,9}"
STOPS = "؟۔।॥։።။។。！？"  # beside those of ASCII
_SENTENCE_END = re.compile(rf"(?<=[.!?{STOPS[:-3]}]){_MARKS}\s+(?![a-zà-öø-ÿа-яα-ω])|(?<=[{STOPS[-3:]}]){_MARKS}\s*(?![”’」』）\[])|\n+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[“\"'])(?:[A-Za-z]|e\.g|i\.e|etc|cf|vs|ca|approx|al|Fig|Figs|No|Nos|Dr|Mr|Mrs|Ms|Prof|St|Jr|Sr|Inc|Ltd|Co|vol|pp|ed|eds)\.$"
)
ABBREVIATED = 12  # characters in which an abbreviation and what stands before it show
# A mark stands right behind words, behind a stop or before all: `error [404]` is none, nor `x[0]` or `x[1].name`, where items are counted.
_MARK = r"\[[1-9]\d{0,2}\]"
_MARKED = re.compile(_MARK)
_FOOTNOTE_MARK = re.compile(
    rf"((?:\A|[.!?\n{STOPS}]|\](?=\s))\s*|(?<=[^\sA-Za-z0-9_\]])){_MARK}(?:[^\S\n]*{_MARK})*+"
    rf"|(?<=[A-Za-z0-9_]){_MARK}(?:[^\S\n]*{_MARK})*+(?![A-Za-z0-9_(]|\.[A-Za-z_])"
)
# NFKC would glue an exponent or a fraction to the number before it (10⁹ is not 109, 1½ is not 11/2), so these stand apart first.
_EXPONENT = re.compile("[⁺⁻]?[⁰¹²³⁴-⁹]+[⁺⁻]?")
_FRACTIONS = (*map(ord, "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞⅟↉"),)
_CIRCLED = (*range(0x2460, 0x249C), 0x24EA, *range(0x3251, 0x3260), *range(0x32B1, 0x32C0))
_APART = {c: f" {unicodedata.normalize('NFKC', chr(c)).replace('⁄', '/')} " for c in (*_FRACTIONS, *_CIRCLED)}
_VARIANTS: dict[int, str | None] = {
    **_APART,
    **dict.fromkeys(map(ord, "\u2212\u2010\u2011\u2012\u2013\u207b\u208b"), "-"),
    0x2014: " ",
    **dict.fromkeys(map(ord, "\u2044\u2215"), "/"),
    0x2236: ":",  # ratio
    0x301C: "~",  # wave dash
    0x066B: ".",  # Arabic decimal point
    0x066C: ",",  # Arabic separator of thousands
    **dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d"), None),
}
# A number with its sign and all that joins its digits (1.5, .5, 1/2, 1-2, 12:30, 3·5) is one word; a minus between words is a hyphen, one
# behind a word is a sign (HIV-). Signs that state a fact (≥, %, €, ✓, ♯, 👎) are words, too; quotes, commas, brackets, bars, bullets
# and lines that frame a box are not.
_DIGITS = r"(?:(?<!\.)\.)?\d+(?:[-.,/:·]\d+)*"
_NUMBER = rf"(?<!\w)[-+]?{_DIGITS}[^\W_]*"
_MINUS_SIGNED = "$£¥\u20a0-\u20cf√-∜∞"  # signs before which a minus is one, as before a number: -$5 million, −√2
_SIGN = (
    r"(?:[<>=$%+~#¢-©¬®°±×÷‰‱′-‷\u03f6\u060b\u066a\u09f2\u09f3\u0af1\u0bf9₠-⃏℀-⓿■-▩▬-▷▼-◥◧-⯿\U0001f000-\U0001fbff]"
    rf"|!(?==)|(?<=\w)-(?![\w-])|(?<![\w)\]-])-(?=[{_MINUS_SIGNED}]))"
)
# Most texts hold ASCII signs alone, quotes and dashes aside: these are split as bytes, several times as fast.
_TYPOGRAPHIC = "“”‘’„«»…—•"
_POINT = re.compile(r"(?<!\d)·|·(?!\d)")  # between digits it is a decimal point or a product
_PLAIN = bytes(c if c >= 128 else ord(chr(c).lower()) if chr(c).isalnum() else 32 for c in range(256))
_ASCII_BYTES = bytes(range(128))
# In such a text only numbers and signs need a pattern; bytes of other letters are parts of words, as these are. It begins with a set of
# characters and looks back from the second, so that the search runs over the letters between at the speed of C.
_NUMBERED = re.compile(
    rb"[-+.\d<>=$%~#!](?:(?:(?<=\d)(?<![\w\x80-\xff].)\d*|(?<=\.)(?<![\w\x80-\xff.].)\d+|(?<=[-+])(?<![\w\x80-\xff].)\.?\d+)"
    rb"(?:[-.,/:]\d+)*[a-z\d\x80-\xff]*|(?<=[<>=$%+~#])|(?<=!)(?==)|(?<=[\w\x80-\xff]-)(?![\w\x80-\xff-])"
    rb"|(?<=-)(?<![\w)\]\x80-\xff-].)(?=\$))"
)
# What a text looks like: 0 for a digit, . for what may join digits, - and + for signs, a for letters.
_SHAPES = ((b"0123456789", b"0"), (b".,/:", b"."), (b"-", b"-"), (b"<>=$%+~#", b"+"))
_SHAPE = bytes(
    next((sign[0] for of, sign in _SHAPES if c in of), 97 if c >= 128 or chr(c).isalnum() or c == 95 else 32) for c in range(256)
)
_MINUS_SHAPE = re.compile(rb"-(?:0|\Z|(?<=[a0]-)[ .])")  # a minus before a number or behind a word
_SPACED = re.compile(rf"[^\W\d_][^\W_]*|{_NUMBER}|[^\W_]+|{_SIGN}")
_VARIANT = re.compile(f"[{''.join(map(chr, _VARIANTS))}]")
_ODD = re.compile(f"[⁰¹²³⁴-⁹{''.join(map(chr, _VARIANTS))}]")  # one look for all that _folded replaces: most texts have none
_MINUS = re.compile(r"(?<![\w)\]])\u2212\s(?=[.\d])")  # a minus that stands apart from its number, but not between two
_MINUS_PART = re.compile(rf"[-\u2212\u2013](?<![\w)\]].)([{''.join(map(chr, _FRACTIONS))}])")  # what is set apart takes its minus along
_MINUS_NAME = re.compile(r"(?<![\w)\]])\u2212(?=[^\W\d_])")  # the opposite of a quantity, −x: unlike a hyphen it is always a sign
# Scripts without spaces (kana, Han, Thai, Lao, Burmese, Khmer): each character is a word, so that five of them make a shingle.
_EAST = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SOUTHEAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED = _EAST + _SOUTHEAST
# Marks outside the Latin range follow letters of Indic, Semitic and other scripts; NFKC has composed what can be.
_NEEDS_ALL = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0590-\u05cf\u0610-\u061a\u064b-\u06ed"
    r"\u0700-\u1dff\u20d0-\u20ff\u2cef-\u2cf1\u2d7f\u2de0-\u2dff\u302a-\u302f\u3099\u309a\ua66f-\uabff\ufb1e\ufe20-\ufe2f"
    rf"\U00010a00-\U00011fff\U00016a00-\U00016fff\U0001e000-\U0001e94f{_UNSPACED}]"
)
_MARK_BLOCKS = (
    *(range(0x300, 0x1E00), range(0x20D0, 0x2100), range(0x2CEF, 0x3100), range(0xA66F, 0xAC00)),
    *(range(0xFB1E, 0xFB1F), range(0xFE20, 0xFE30), range(0x10A00, 0x12000), range(0x16A00, 0x17000), range(0x1E000, 0x1E950)),
)


@cache
def _any_script() -> re.Pattern[str]:
    """The pattern of words for scripts with marks or without spaces; built when first needed, as it looks at 10,000 code points."""
    marks = "".join(chr(c) for block in _MARK_BLOCKS for c in block if unicodedata.category(chr(c)) in ("Mn", "Mc"))
    # Vowel signs of Indic and other scripts are marks: without them two words that differ would have one key.
    letter = rf"(?:[^\W_{_UNSPACED}]|[{marks}])"
    number = rf"(?<![^\W{_UNSPACED}])[-+]?{_DIGITS}{letter}*"
    return re.compile(rf"[^\W\d_{_UNSPACED}]{letter}*|{number}|[{_UNSPACED}][{marks}]*|{letter}+|{_SIGN}")


def words(text: str) -> list[str]:
    """Words of the normal form: casefolded, numbers whole with sign and decimal points, NFKC.

    A character of a script that is written without spaces is a word of its own.

    >>> words("No change: −0.5 mg, not “≥5 MG”.[12]")
    ['no', 'change', '-0.5', 'mg', 'not', '≥', '5', 'mg']
    """
    plain, rest = _plain(text)
    return plain.decode().split() if plain is not None else _split(rest)


def normal_form(text: str) -> bytes:
    """The words of a text in UTF-8, with spaces between them, some perhaps doubled or at the ends: what only counts them needs no strings.

    >>> normal_form("No change: −0.5 mg.").split()
    [b'no', b'change', b'-0.5', b'mg']
    """
    plain, rest = _plain(text)
    return plain if plain is not None else " ".join(_split(rest)).encode("utf-8", "replace")


def _plain(text: str) -> tuple[bytes | None, str]:
    """The words with spaces between them where no sign beyond ASCII is among them; else None, and what is to be split."""
    if "[" in text and _MARKED.search(text):  # most brackets hold no mark, and the pattern for what stands around one is slow
        text = _FOOTNOTE_MARK.sub(r"\1 ", text)
    if not text.isascii():
        for sign in _TYPOGRAPHIC:  # a search for each is faster than one pattern or table for all
            text = text.replace(sign, " ")
        if "·" in text:
            text = _POINT.sub(" ", text)
    if text.isascii():
        data = text.encode()
    else:
        text = _folded(text)
        data = text.encode("utf-8", "replace")
        others = data.translate(None, _ASCII_BYTES).decode()
        if others and (not others.isalpha() or _NEEDS_ALL.search(others)):
            return None, text
    shape = data.translate(_SHAPE)
    if b"+" in shape or b".0" in shape or (b"-" in shape and _MINUS_SHAPE.search(shape)):
        return _numbered(data.lower()), text
    return data.translate(_PLAIN), text


def _numbered(data: bytes) -> bytes:
    """The words of a text whose numbers have points and signs, with spaces between them."""
    found: list[bytes] = []
    at = 0
    for number in _NUMBERED.finditer(data):
        start, end = number.span()
        found += data[at:start].translate(_PLAIN), number[0]
        at = end
    found.append(data[at:].translate(_PLAIN))
    return b" ".join(found)


def _folded(text: str) -> str:
    """Text without typographic variants and case."""
    if _ODD.search(text):
        text = _EXPONENT.sub(lambda found: f" {unicodedata.normalize('NFKC', found[0])} ", text)
        text = _MINUS_PART.sub(lambda found: f" -{_APART[ord(found[1])][1:]}", text)
        if "\u2212" in text:
            text = _MINUS_NAME.sub("➖ ", _MINUS.sub("-", text))
        text = _VARIANT.sub(lambda found: _VARIANTS[ord(found[0])] or "", text)
    return unicodedata.normalize("NFKC", text).casefold()


def _split(text: str) -> list[str]:
    """The words of a folded text, whatever stands in it."""
    return (_any_script() if _NEEDS_ALL.search(text) else _SPACED).findall(text)


_ONE_EAST, _ONE_SOUTHEAST = re.compile(f"[{_EAST}]"), re.compile(f"[{_SOUTHEAST}]")
_ONE_BY_ONE = re.compile(f"([{_UNSPACED}])")
_SEAM_SIDE = f"[{_UNSPACED}\u3000-\u303f\uff01-\uff60]"  # with the punctuation of these scripts
_SEAMLESS = re.compile(f"{_SEAM_SIDE}{{2}}")
_SIGNS = r"[\ud800-\udfff]{0,4}"  # a parser's own signs, where a link or a hidden stretch begins or ends
_LINE_OF_SIDE = re.compile(f"\n[ \t\r]*{_SIGNS}{_SEAM_SIDE}")  # begins with a character that C finds at once: most texts have none
_SEAM = re.compile(f"(?<={_SEAM_SIDE})({_SIGNS})[ \t\r]{{0,9}}\n\\s*(?={_SIGNS}{_SEAM_SIDE})")
_WIDE = re.compile("[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60\U00020000-\U0003ffff]")


def joined(lines: list[str], sign: str = " ") -> str:
    """Lines as one, with `sign` between them; without where scripts meet that are written without spaces.

    Source: CSS Text 3, section 4.1.3, segment break transformation rules.

    >>> joined(["a text", "of lines"]), joined(["東京は", "大きい。"]), joined(["서울은", "크다."])
    ('a text of lines', '東京は大きい。', '서울은 크다.')
    """
    out = sign.join(lines)
    if out.isascii():
        return out
    parts = [lines[0], *(b if _SEAMLESS.fullmatch(a[-1:] + b[:1]) else sign + b for a, b in pairwise(lines))]
    return "".join(parts)


def one_line(text: str) -> str:
    """A text with single spaces, as `joined` joins its lines.

    >>> one_line("a  text\\nof lines"), one_line("東京は\\n  大きい。")
    ('a text of lines', '東京は大きい。')
    """
    if "\n" in text and not text.isascii() and _LINE_OF_SIDE.search(text):
        text = _SEAM.sub(r"\1", text)
    return " ".join(text.split())


def columns(line: str) -> int:
    """Columns of a terminal that a line takes: two for a character of Chinese, Japanese or Korean (UAX 11).

    >>> columns("abc"), columns("東京")
    (3, 4)
    """
    return len(line) if line.isascii() else len(line) + len(_WIDE.findall(line))


def apart(text: str) -> str:
    """A text with spaces around each character of a script that is written without them, as a search by words needs it.

    >>> apart("Tokyo (東京)")
    'Tokyo ( 東  京 )'
    """
    return text if text.isascii() else _ONE_BY_ONE.sub(r" \1 ", text)


# Words that turn a statement round. A missing one costs a conflict that is not marked, never a sentence: keys keep every word.
NEGATIONS = frozenset(
    (
        "not no never none nor neither without cannot nicht kein keine keinen keinem keiner keines nie niemals ohne ne pas jamais sans non "
        "mai senza nunca sin nem não sem niet geen nooit zonder ikke inte aldrig utan uten uden nigdy bez не нет ни без никогда нельзя ні "
        "nu fără nélkül ei δεν δε μη μην όχι χωρίς değil yok không chưa tidak bukan tanpa لا لم لن ليس ليست غير بدون לא אין בלי ללא "
        "نیست بدون नहीं न मत बिना 不 没 沒 無 无 未 非 勿 안 못"
    ).split()
)


def skeleton(text: str) -> str:
    """The normal form without numbers, signs and negations: two sentences of one skeleton and different keys contradict each other.

    >>> skeleton("It is not 5 mg.") == skeleton("It is 50 mg.")
    True
    """
    return " ".join(w for w in words(text) if w not in NEGATIONS and not any(c.isdigit() for c in w) and w[0].isalnum())


def key(text: str) -> str:
    """The normal form of a passage as one string: equal keys mean that two passages say the same.

    >>> key("It's  5.0 mg") == key("it’s 5.0 MG")
    True
    >>> key("5.0 mg") == key("50 mg")
    False
    """
    return " ".join(words(text))


def spoken(key: str) -> int:
    """How many words the words of a key are to its readers: two characters of Han or kana, or four of Thai, Lao, Burmese or Khmer, are one.

    >>> spoken("the dose is 5 mg"), spoken(key("用量为每日五毫克"))
    (5, 4)
    """
    count = key.count(" ") + 1 if key else 0
    if key.isascii():
        return count
    east, southeast = len(_ONE_EAST.findall(key)), len(_ONE_SOUTHEAST.findall(key))
    return count - east - southeast + -(-east // 2) + -(-southeast // 4)


def sentences(text: str) -> list[tuple[int, int]]:
    """Half-open code point spans of the sentences of a text, white space around them left out.

    A split that is wrong costs nothing but a missed match: the same text always splits the same way.

    >>> [ "Dr. Le wrote it. It is rare."[a:b] for a, b in sentences("Dr. Le wrote it. It is rare.") ]
    ['Dr. Le wrote it.', 'It is rare.']
    >>> [ "It is rare.[3][n 1] So it is."[a:b] for a, b in sentences("It is rare.[3][n 1] So it is.") ]
    ['It is rare.[3][n 1]', 'So it is.']
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        at = match.start()
        # A slice, as `^` must mean the start of the sentence wherever that is: passages are split again where they stand in a record.
        if text[at - 1 : at] == "." and "\n" not in match.group() and _ABBREVIATION.search(text[max(start, at - ABBREVIATED) : at]):
            continue
        _append(spans, text, start, match.end())
        start = match.end()
    _append(spans, text, start, len(text))
    return spans


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if right > left:
        spans.append((start + left, start + right))
