"""Addresses without tracking: parameters, redirect wrappers and session identifiers go, every other byte stays.

Facts are in tracking.toml, each with its evidence. Three tiers: what goes everywhere, what goes on named hosts, and what goes
only where a source asks (`strip_params`, by name or by `@group`). What stays keeps its order, its escapes and its empty values.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple
from urllib.parse import unquote

MAX_HOPS = 3  # redirect wrappers inside redirect wrappers that are opened; more is a puzzle, not a link

_TABLE: dict[str, Any] = tomllib.loads(files("pipeline.text").joinpath("tracking.toml").read_text(encoding="utf-8"))
_ABSOLUTE = re.compile(r"(?:https?:)?//([^/?#]*)([^?#]*)", re.I)
_JOINED = re.compile(r"((?:https?|ftp|file):(?=//)|(?![a-z][a-z0-9+.\-]*:))(//[^/?#]*)?([^?#]*)(\?[^#]*)?", re.I)
_HTTP = re.compile(r"https?://[^/?#\s]+\.?[^/?#\s]*", re.I)
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*:", re.I)
_STRIPPED = {ord(c): None for c in "\t\r\n"}  # the URL standard takes these out of any address
_EDGES = "".join(map(chr, range(33)))  # and these off its ends
_SESSION = re.compile(_TABLE["session"]["pattern"], re.I)
_SUSPECT = re.compile(r"[?#;]")

TRACKING_ATTRIBUTES: frozenset[str] = frozenset(_TABLE["attributes"]["names"])
"""Names of markup attributes that only report on the reader; event handlers (`on*`) come on top of these."""


class CleanUrl(NamedTuple):
    """An address without tracking."""

    url: str  # the address; empty where what the wrapper leads to is no web address
    removed: tuple[str, ...] = ()  # what went, as it was written: `utm_source=x`, `;jsessionid=1`, or the whole redirect wrapper


class _Redirect(NamedTuple):
    path: re.Pattern[str] | None
    params: tuple[str, ...]
    embedded: re.Pattern[str] | None


class _HostRules(NamedTuple):
    """What the table says of one host."""

    exempt: bool
    strip: tuple[tuple[re.Pattern[str] | None, re.Pattern[str]], ...]  # (path it holds for, names)
    cut: tuple[re.Pattern[str], ...]
    redirects: tuple[_Redirect, ...]


def _names(names: list[str] | tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for a list of parameter names, `*` at the end of a name standing for anything."""
    return re.compile("|".join(re.escape(n.removesuffix("*")) + (".*" if n.endswith("*") else "") for n in names) or "(?!)", re.I)


_ALWAYS = _names([name for row in _TABLE["always"] for name in row["names"]])
_GROUPS: dict[str, list[str]] = {row["name"]: row["names"] for row in _TABLE["group"]}


def _by_host() -> dict[str, _HostRules]:
    hosts = {h for kind in ("host", "redirect") for row in _TABLE[kind] for h in row["hosts"]} | set(_TABLE["exempt"]["hosts"])
    found: dict[str, _HostRules] = {}
    for host in sorted(hosts):
        mine = [row for row in _TABLE["host"] if host in row["hosts"]]
        strip = tuple((re.compile(r["path"]) if "path" in r else None, _names(r["names"])) for r in mine if "names" in r)
        cut = tuple(re.compile(row["cut_path"]) for row in mine if "cut_path" in row)
        redirects = tuple(
            _Redirect(
                re.compile(row["path"]) if "path" in row else None,
                tuple(row.get("param", ())),
                re.compile(row["embedded"]) if "embedded" in row else None,
            )
            for row in _TABLE["redirect"]
            if host in row["hosts"]
        )
        found[host] = _HostRules(host in _TABLE["exempt"]["hosts"], strip, cut, redirects)
    return found


_HOSTS = _by_host()


@lru_cache(maxsize=4096)
def _rules_of(authority: str) -> _HostRules | None:
    """Rules of a host or of the nearest domain above it that has some."""
    host = authority.rpartition("@")[2].partition(":")[0].lower().rstrip(".")
    while host:
        if host in _HOSTS:
            return _HOSTS[host]
        host = host.partition(".")[2]
    return None


@lru_cache(maxsize=256)
def _asked(strip_params: tuple[str, ...]) -> re.Pattern[str]:
    """The names that a source adds: `name`, `prefix*` or `@group`."""
    return _names([name for item in strip_params for name in (_GROUPS.get(item[1:], []) if item.startswith("@") else [item])])


def clean_url(url: str, base: str = "", strip_params: tuple[str, ...] = ()) -> CleanUrl:
    """An address without tracking, and what was taken out of it.

    `base` is what a relative address is resolved against (empty: it stays relative). `strip_params` names further parameters,
    with `*` at the end for a prefix, or `@affiliate` and `@referrer` for a group of tracking.toml.

    >>> clean_url("https://ex.com/a?utm_source=x&id=1")
    CleanUrl(url='https://ex.com/a?id=1', removed=('utm_source=x',))
    >>> clean_url("https://l.facebook.com/l.php?u=https%3A%2F%2Fex.com%2Fp&h=AT0").url
    'https://ex.com/p'
    """
    url = bare(url)
    if base:
        url = _resolve(url, base)
    removed: list[str] = []
    for _ in range(MAX_HOPS):
        match = _ABSOLUTE.match(url)
        rules = _rules_of(match[1]) if match else None
        if rules is None:
            break
        if rules.exempt:
            return CleanUrl(url, tuple(removed))
        target = _unwrapped(url, match[2], rules) if match and rules.redirects else None
        if target is None:
            break
        removed.append(url)
        url = target
        if not url:
            return CleanUrl("", tuple(removed))
    else:
        rules = _rules_of(match[1]) if (match := _ABSOLUTE.match(url)) else None
    if rules is None and not _SUSPECT.search(url):
        return CleanUrl(url, tuple(removed))
    cleaned = _stripped(url, rules, strip_params, removed)
    return CleanUrl(cleaned, tuple(removed))


def bare(url: str) -> str:
    """An address as browsers read it: no white space or control character around it, no tab or line break inside.

    >>> bare(" java\\nscript:x() "), bare("\\x01/a b")
    ('javascript:x()', '/a b')
    """
    url = url.strip().strip(_EDGES)
    return url.translate(_STRIPPED) if "\n" in url or "\t" in url or "\r" in url else url


def _resolve(url: str, base: str) -> str:
    """A relative address made absolute, as RFC 3986 says (5.2.2); one that is absolute, or that cannot be joined, as it was.

    Nothing but its dots is touched: an empty query, or slashes side by side in the address of an archive, name another page without them.

    >>> _resolve("../c?", "https://a.example/web/http://b.example/x/y?z"), _resolve("?q", "https://a.example/b")
    ('https://a.example/web/http://b.example/c?', 'https://a.example/b?q')
    """
    if _SCHEME.match(url) or not (around := _JOINED.match(base)):
        return url
    scheme, authority, path, query = (part or "" for part in around.groups())
    if ("[" in authority) != ("]" in authority):  # half an address of IPv6
        return url
    if url.startswith("//"):
        return scheme + url if url[2:3].strip("/?#") else url
    place = re.split("[?#]", url, maxsplit=1)[0]
    if not place:
        return scheme + authority + path + ("" if url.startswith("?") else query) + url
    folder = "" if place[0] == "/" else path[: path.rfind("/") + 1] or "/" * bool(authority)
    return scheme + authority + _without_dots(folder + place) + url[len(place) :]


def _without_dots(path: str) -> str:
    """A path without the parts that stand for this folder or the one above."""
    if "/." not in path and path[:1] != ".":
        return path
    parts = path.split("/")
    out: list[str] = []
    for part in parts:
        if part == ".." and len(out) > 1:
            out.pop()
        elif part not in (".", ".."):
            out.append(part)
    return "/".join([*out, ""] if parts[-1] in (".", "..") else out)


def _unwrapped(url: str, path: str, rules: _HostRules) -> str | None:
    """Where a redirect wrapper leads; empty where that is no web address; None where this is no wrapper."""
    query = url.partition("#")[0].partition("?")[2]
    for rule in rules.redirects:
        if rule.embedded is not None:
            found = rule.embedded.match(path)
            if found:
                return f"http{'s' if found['s'] else ''}://{found['rest']}" + (f"?{query}" if query else "")
            continue
        if rule.path is not None and not rule.path.search(path):
            continue
        values: dict[str, str] = {}
        for pair in query.split("&"):
            name, _, value = pair.partition("=")
            values.setdefault(name, value)
        for name in rule.params:
            if values.get(name):
                target = unquote(values[name])
                return target if _HTTP.match(target) else ""
    return None


def _stripped(url: str, rules: _HostRules | None, strip_params: tuple[str, ...], removed: list[str]) -> str:
    """Parameters, session identifiers and host-scoped path segments out; appends to `removed`."""
    rest, hash_sign, fragment = url.partition("#")
    path, question, query = rest.partition("?")
    if ";" in path:
        removed += _SESSION.findall(path)
        path = _SESSION.sub("", path)
    names = [_ALWAYS, *([_asked(strip_params)] if strip_params else [])]
    if rules is not None:
        for cut in rules.cut:
            if found := cut.search(path):
                removed.append(found.group())
                path = path[: found.start()]
        names += [pattern for where, pattern in rules.strip if where is None or where.search(_path_of(path))]
    if question:
        query, gone = _without(query, names)
        removed += gone
        question = "" if gone and not query else question
    if "=" in fragment and not fragment.startswith((":~:", "!", "/")):
        fragment, gone = _without(fragment, names)
        removed += gone
        hash_sign = "" if gone and not fragment else hash_sign
    return path + question + query + hash_sign + fragment


def _path_of(address: str) -> str:
    match = _ABSOLUTE.match(address)
    return match[2] if match else address


def _without(query: str, names: list[re.Pattern[str]]) -> tuple[str, list[str]]:
    """A query without the parameters that any of the patterns names, and those parameters."""
    kept: list[str] = []
    gone: list[str] = []
    for pair in query.split("&"):
        name = pair.partition("=")[0].removeprefix("amp;")
        (gone if name and any(p.fullmatch(name) for p in names) else kept).append(pair)
    return ("&".join(kept), gone) if gone else (query, gone)
