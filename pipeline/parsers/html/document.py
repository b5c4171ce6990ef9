"""One HTML source to one Document: read events, choose passages, write drafts, account for the rest."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from pipeline.model import Diagnostic, Document, RawDocument, Removal
from pipeline.parsers.html import code, drivers, infobox, mediawiki, page_metadata, rules, stated, tables
from pipeline.parsers.html.drafts import Writer, runs
from pipeline.parsers.html.inline import Characters
from pipeline.parsers.html.links import Links
from pipeline.parsers.html.page import Page
from pipeline.text.layout import Draft, drop_empty_sections, layout
from pipeline.text.unicode import INVISIBLE_PER_1000
from pipeline.text.urls import clean_url

LOW_CONFIDENCE: Final = 0.2  # expected F1 of the classifier's choice below which all content without chrome is the better answer
MAX_DEPTH: Final = 512  # levels of containers above which a page is flagged: no page written by people is deeper


PROBE: Final = 256  # characters at both ends of a text that must be those of the raw bytes for these to be its UTF-8


class Choice(NamedTuple):
    """Which passages go, by rule (empty = stays), and what was decided on the way."""

    rules: list[str]
    show_hidden: bool
    low_yield: bool = False
    expected: float = 1.0  # F1 that the classifier expects of its choice
    said: dict[str, Any] | None = None  # what the classifier says of the page, for its metadata


def parse(raw: RawDocument) -> Document:
    """The document of an HTML source."""
    options = raw.options
    page = drivers.read(raw.text, options.select, options.remove, _utf8(raw))
    mode = options.mode if options.mode != "auto" else "main" if page.whole else "clean"
    choice = choose(page, mode if not options.select else "clean", selected=bool(options.select))
    tables.data_tables(page)  # finds the lists that are set as tables, too: page.marks
    for mark, (item, _) in page.marks.items():  # the mark of an item stays or goes with it
        choice.rules[mark] = choice.rules[item]
    metadata = page_metadata.read(page, options.base_url)
    base = clean_url(page.base, options.base_url).url if page.base else options.base_url
    links, characters = Links(base, metadata.url, options.strip_params), Characters()
    writer = Writer(page, [not rule for rule in choice.rules], links, characters, show_hidden=choice.show_hidden)
    written = writer.write()
    drafts = written.drafts
    empty: list[Removal] = []
    if mediawiki.is_wiki(page) and mode != "all":  # what stood under "References" is data now
        drafts, empty, _ = drop_empty_sections(drafts, "html.empty_section")
    said = stated.texts(page) if mode == "main" and choice.expected < stated.ASK_BELOW else []
    laid = layout(drafts + [Draft("paragraph", characters.prose(text).strip()) for text in said])
    removals = runs(page, choice.rules) + empty + _other_removals(page, written.hidden) + links.removals()
    flags, diagnostics = _doubts(page, choice, characters, removals)
    if said:
        flags.append("stated_text")
        diagnostics.append(Diagnostic("html.stated_text", f"{len(said)} passages stand in the page's data for machines only"))
    return Document(
        text=laid.text,
        title=metadata.title or options.title,
        url=metadata.url,
        language=metadata.language,
        license=metadata.license,
        attribution=", ".join(metadata.authors),
        created=metadata.created,
        modified=metadata.modified,
        blocks=laid.blocks,
        links=laid.links,
        tables=laid.tables,
        images=written.images,
        citations=mediawiki.citations(page, choice.rules, writer),
        tags=mediawiki.tags(page, choice.rules),
        metadata=metadata.as_metadata()
        | ({"main_content": choice.said} if choice.said else {})
        | ({"infoboxes": boxes} if (boxes := infobox.infoboxes(page, choice.rules, writer)) else {}),
        removals=removals,
        diagnostics=diagnostics,
        flags=flags,
    )


def _utf8(raw: RawDocument) -> bytes:
    """The raw bytes where they are the text in UTF-8, else nothing: a broken byte leaves U+FFFD, a byte order mark is no text."""
    text, data = raw.text, raw.data
    if raw.encoding != "utf-8" or text.isascii() or text[0] == "\ufeff" or "\ufffd" in text:
        return b""
    same = data.startswith(text[:PROBE].encode("utf-8", "replace")) and data.endswith(text[-PROBE:].encode("utf-8", "replace"))
    return data if same else b""


def choose(page: Page, mode: str, *, selected: bool = False) -> Choice:
    """Which passages go, in a mode."""
    return _choose(page, mode, rules.Shares(page), selected=selected)


def _choose(page: Page, mode: str, shares: rules.Shares, *, selected: bool = False) -> Choice:
    wiki = mediawiki.is_wiki(page)
    if mode == "main" and not wiki:
        return _main(page, shares) if page.text else Choice([], show_hidden=False, expected=0.0)
    out, show_hidden, _ = rules.invisible(page, shares)
    if wiki and mode != "all":
        out = [rule or more for rule, more in zip(out, mediawiki.furniture(page, shares, main=mode == "main"), strict=True)]
    if selected or page.names & drivers.REMOVED:
        _source_rules(page, out, selected)
    if mode != "all":
        out = [rule or more for rule, more in zip(out, rules.named(page, shares), strict=True)]
        if page.names & infobox.RULE[1] and not wiki:  # a box without its article around it
            out = [rule or more for rule, more in zip(out, rules.named(page, shares, (infobox.RULE,), veto=1.0), strict=True)]
        for number in rules.contents_headings(page, out):
            out[number] = "html.navigation"
        for number in code.gutters(page):
            out[number] = out[number] or "html.line_number"
        for number in code.prompts(page):
            out[number] = out[number] or "html.cell_prompt"
    return Choice(out, show_hidden)


def _main(page: Page, shares: rules.Shares) -> Choice:
    """Main content: the markup's own word, then the classifier; where it has no confidence, all content without chrome."""
    from pipeline.parsers.html import main_content  # numpy is loaded for whole pages only

    before = _choose(page, "clean", shares)
    if rules.is_plain(page):
        plain = rules.menus(page, before.rules)
        for number in rules.contents_headings(page, plain):
            plain[number] = "html.navigation"
        return before._replace(rules=plain)
    scores, keep, expected = main_content.decide(page, before.rules, shares)
    if expected < LOW_CONFIDENCE or True not in keep:
        return before._replace(expected=expected, low_yield="" in before.rules)
    names = [name or found for name, found in zip(rules.named(page, shares, rules.MAIN), main_content.by_score(scores), strict=True)]
    for number in main_content.repeated(page, keep):
        keep[number], names[number] = False, "html.repeated_passage"
    out = [rule or ("" if kept else name) for rule, kept, name in zip(scores.gone, keep, names, strict=True)]
    return before._replace(rules=out, expected=expected, said=main_content.verdict(scores, keep, expected))


def _source_rules(page: Page, out: list[str], selected: bool) -> None:
    """What the source's own selectors keep and drop."""
    for number, holder in enumerate(page.holder):
        bits = page.anc[holder]
        if bits & drivers.REMOVED:
            out[number] = "html.source_rule"
        elif selected and not bits & drivers.SELECTED:
            out[number] = "html.not_selected"


def _other_removals(page: Page, hidden: list[str]) -> list[Removal]:
    """What went that is no passage: form fields, drawings, tracking pixels and attributes."""
    out = [Removal("html.hidden_text", text) for text in hidden]
    out += [Removal(rule, "\n".join(words)) for rule, words in page.notes.items()]
    out += [Removal("html.tracking_pixel", target) for target in page.pixels]
    out += [Removal("html.tracking_attribute", text) for text in page.tracking]
    return out


def _doubts(page: Page, choice: Choice, characters: Characters, removals: list[Removal]) -> tuple[list[str], list[Diagnostic]]:
    """Flags and diagnostics of a page."""
    flags: list[str] = []
    diagnostics: list[Diagnostic] = []

    def doubt(flag: str, code: str, message: str) -> None:
        flags.append(flag)
        diagnostics.append(Diagnostic(code, message))

    letters = sum(sum(map(str.isalpha, r.text)) for r in removals if r.rule == "html.hidden_text")
    if choice.show_hidden:
        doubt("hidden_text", "html.hidden_text", "most of the page's prose is hidden by its style; taken for collapsed content, it stays")
    elif letters >= rules.HIDDEN_LETTERS:
        doubt("hidden_text", "html.hidden_text", f"{letters} letters that the page's style hides are not in the text")
    if choice.low_yield:
        doubt("low_yield", "html.low_yield", "no main content was found with confidence; the text is all visible content without chrome")
    if max(page.depth, default=0) > MAX_DEPTH:
        doubt("degraded", "html.deep_nesting", f"containers are nested more than {MAX_DEPTH} deep")
    invisible = characters.counts.get("zero_width", 0) + characters.counts.get("selector", 0)
    if characters.counts.get("tag", 0):
        doubt("smuggled_tags", "html.smuggled_tags", f"{characters.counts['tag']} invisible tag characters were taken out")
    if characters.counts.get("bidi", 0):
        doubt("bidi_override", "html.bidi_override", f"{characters.counts['bidi']} characters that override text direction were taken out")
    if invisible * 1000 > INVISIBLE_PER_1000 * max(characters.length, 1000):
        doubt("invisible_characters", "html.invisible_characters", f"{invisible} invisible characters were taken out")
    return flags, diagnostics
