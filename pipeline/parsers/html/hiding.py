"""What an inline style hides from readers, in the ways in which sites, mails and those who fill pages with links write it.

Only what the style itself says counts: sheets of styles are not read. Text moved out of its box to show a picture in its place
(`text-indent: -9999px`) is what the picture says, and stays.
"""

from __future__ import annotations

import re
from typing import Final

GONE: Final = 1  # nothing inside can show again
TINY: Final = 2  # letters of no size: what sets a size of its own inside shows
TINTED: Final = 3  # letters in the colour of their ground: what sets a colour of its own inside shows
MAX_STYLE: Final = 400  # characters of a style that are read: real ones are shorter, hostile ones are not

# A style without any of these hides nothing: most are done with here.
MAY_HIDE: Final = re.compile(r"none|hidden|collapse|opacity|font-size\s*:\s*0|-\d{4}|clip|ground", re.I)

_GONE: Final = re.compile(
    r"(?<![\w-])(?:display\s*:\s*none|(?:content-)?visibility\s*:\s*(?:hidden|collapse)|(?P<fade>opacity\s*:\s*0+(?:\.0+)?\s*(?:;|!|\Z)))",
    re.I,
)
_FADED: Final = re.compile(r"(?<![\w-])opacity\s*:\s*0+(?:\.0+)?\s*(?:;|!|\Z)", re.I)
_ENTRANCE: Final = re.compile(r"transform|transition|translate|animation|will-change", re.I)
_PLACED: Final = re.compile(r"(?<![\w-])position\s*:\s*(?:absolute|fixed)", re.I)
# Where nobody scrolls to, or behind a hole of no size. A slide of a carousel may wait a few screens away.
_AWAY: Final = re.compile(
    r"(?<![\w-])(?:(?:left|top)\s*:\s*-(?:[5-9]\d{3}|\d{5,9})(?:\.\d{1,4})?(?:px|em|rem)|"
    r"clip\s*:\s*rect\((?:\s*[01](?:px)?[\s,]*){4}\)|clip-path\s*:\s*inset\(\s*(?:50|100)%\s*\))",
    re.I,
)
_TINY: Final = re.compile(r"(?<![\w-])font-size\s*:\s*0+(?:\.0+)?\s*(?:px|em|rem|%|pt)?\s*(?:;|!|\Z)", re.I)
_LENGTH: Final = r"0{0,3}(?:[1-9]\d{0,3}(?:\.\d{1,6})?|\.0{0,3}[1-9]\d{0,6})\s*(?:px|pt|pc|rem|in|cm|mm|vw|vh)"
_SIZE: Final = re.compile(rf"(?<![\w-])font(?:-size\s*:\s*(?:{_LENGTH}|(?!inherit|unset)[a-z])|\s*:[^;]{{0,60}}?(?<![\d.]){_LENGTH})", re.I)
_INK: Final = re.compile(r"(?<![\w-])color\s*:\s*([^;!]{3,40})", re.I)
_GROUND: Final = re.compile(r"(?<![\w-])background(?:-color)?\s*:\s*([^;!]{3,40})(?:[;!]|\Z)", re.I)
_NUMBER: Final = re.compile(r"\d{1,3}(?:\.\d{1,6})?%?")
_HEX: Final = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.I)
_FUNCTION: Final = re.compile(r"(rgb|hsl)\(([\d.,%\s]{5,30})\)", re.I)
# Names of colours in CSS of which such text is made; source: CSS Color Module Level 4.
_NAMES: Final = {
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "yellow": (255, 255, 0),
    "blue": (0, 0, 255),
    "green": (0, 128, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "whitesmoke": (245, 245, 245),
    "ivory": (255, 255, 240),
    "snow": (255, 250, 250),
}


def hides(style: str, animated: bool) -> int:
    """Whether a style takes an element off the screen, and how (0: it does not); opacity 0 with an animation is an entrance.

    >>> hides("color: red; display: none", False), hides("opacity:0;transform:none", False), hides("backface-visibility:hidden", False)
    (1, 0, 0)
    >>> hides("font-size:0px", False), hides("color:#fff; background: rgb(255, 255, 255)", False)
    (2, 3)
    """
    style = style[:MAX_STYLE]
    for found in _GONE.finditer(style):
        if not found["fade"] or not (animated or _ENTRANCE.search(style)):
            return GONE
    if _AWAY.search(style) and _PLACED.search(style):
        return GONE
    if _TINY.search(style):
        return TINY
    ink, ground = _INK.search(style), _GROUND.search(style)
    if ink and ground and (colour := _colour(ink[1])) is not None and colour == _colour(ground[1]):
        return TINTED
    return 0


def shows(style: str, how: int) -> bool:
    """Whether a style sets anew what hides the letters around it.

    >>> shows("font-size: 13px", TINY), shows("font: bold 1em/1.5 Arial", TINY), shows("background-color: red", TINTED)
    (True, False, False)
    """
    return (_SIZE if how == TINY else _INK).search(style[:MAX_STYLE]) is not None


def _colour(text: str) -> tuple[int, ...] | None:
    """Red, green and blue of a colour, 0 to 255; None where the text is none, or is one that lets its ground through.

    >>> _colour("#FFF"), _colour("hsl(0, 100%, 50%)"), _colour("hsl(210, 50%, 40%)"), _colour("url(a.png) white")
    ((255, 255, 255), (255, 0, 0), (51, 102, 153), None)
    """
    text = text.strip().lower()
    if _HEX.fullmatch(text):
        digits = text[1:] if len(text) == 7 else "".join(digit * 2 for digit in text[1:])
        return tuple(int(digits[at : at + 2], 16) for at in (0, 2, 4))
    found = _FUNCTION.fullmatch(text)
    if found is None:
        return _NAMES.get(text)
    parts = _NUMBER.findall(found[2])
    if len(parts) != 3:
        return None
    values = [float(part.rstrip("%")) for part in parts]
    if found[1] == "rgb":
        return tuple(round(value * 2.55 if part[-1] == "%" else value) for value, part in zip(values, parts, strict=True))
    hue, saturation, light = values[0] / 30, values[1] / 100, values[2] / 100
    steps = ((hue + start) % 12 for start in (0, 8, 4))  # CSS Color Module Level 4, section 7.1
    width = saturation * min(light, 1 - light)
    return tuple(round(255 * (light - width * max(-1.0, min(step - 3, 9 - step, 1.0)))) for step in steps)
