"""Properties of the text tools that every parser stands on."""

from __future__ import annotations

import json
import random
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.convert import clean
from pipeline.model import Document
from pipeline.readers.decode import NotText, decode, decode_forgiving
from pipeline.stages import json_line
from pipeline.text.edit import drafts_of, drop_furniture, drop_lines, with_drafts
from pipeline.text.layout import Draft, DraftLink, drop_empty_sections, layout, table_text
from pipeline.text.offsets import ByteOffsets
from pipeline.text.unicode import apply, normalize
from pipeline.text.words import key, normal_form, one_line, sentences, words

ANY = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)
# What the policy is about, mixed densely: joiners, selectors, tags, marks, spaces, separators.
ODD = st.text(
    alphabet="a9é م漢👩⚕‍‌️\ufe0e\U000e0101\U000e0041\U0001f3f4\U000e007f\u0301\u202e\u2067\u00ad\u200b\u00a0\u2028\r\n\t\x00\x85#©",
    max_size=30,
)


@pytest.mark.parametrize("plane", range(0, 0x110000, 0x8000))
def test_normalizing_every_code_point_twice_changes_nothing(plane: int) -> None:
    text = "x".join(chr(c) for c in range(plane, plane + 0x8000) if not 0xD800 <= c <= 0xDFFF)
    once = normalize(text)
    assert normalize(once) == once


@given(st.one_of(ANY, ODD))
@example("\u200da\u200d\u200b\u200dب")
@example("👩\u200b\u200d⚕")
def test_normalizing_twice_changes_nothing(text: str) -> None:
    for spaces in (True, False):
        once = apply(text, spaces=spaces).text
        assert apply(once, spaces=spaces).text == once


def test_the_character_policy() -> None:
    assert normalize("a\u0301b 10⁹/L m²") == "áb 10⁹/L m²", "composed, but compatibility forms stay"
    assert normalize("می\u200cخواهم 👩\u200d⚕️") == "می\u200cخواهم 👩\u200d⚕️"
    assert normalize("a\u200db\u2060c\ufeffd\u00ade") == "abcde"
    assert normalize("x\r\ny\u2028z\x85") == "x\ny\nz\n"
    found = apply("safe\U000e0068\U000e0069\u202e!" + "e" + "\u0301" * 40)
    assert found.text.startswith("safe!é") and found.counts == {"tag": 2, "bidi": 1, "mark": 10}
    assert apply("a\u00a0b", spaces=False).text == "a\u00a0b"


@given(ANY)
def test_sentences_part_the_text_and_lose_only_white_space(text: str) -> None:
    spans = sentences(text)
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())
    assert all(a < b for a, b in spans) and spans == sorted(spans)


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("It’s a “test” – really.", 'it\'s a "test" - really', True),
        ("Calcium[3] is  high.", "Calcium is high", True),
        ("5 mg", "50 mg", False),
        ("5.0 mg", "50 mg", False),
        ("-5 °C", "5 °C", False),
        ("−5 °C", "-5 °C", True),
        ("It is safe.", "It is not safe.", False),
        ("10⁹/L", "109/L", False),
        ("1,000 units", "1.000 units", False),
        ("well-known", "well known", True),
        ("types 1-3", "types 1, 3", False),
        ("types 1–3", "types 1-3", True),
        ("½ g", "1–2 g", False),
        ("½ g", "1/2 g", True),
        ("1:2", "1-2", False),
        ("3·5 mg", "3–5 mg", False),
        ("٣٫٥", "٣-٥", False),
        ("٣٫٥", "٣.٥", True),
        (".5 mg", "5 mg", False),
        ("wait...5 mg", "wait … 5 mg", True),
        ("10⁻⁹ mol", "10⁹ mol", False),
        ("10⁻⁹ mol", "10^-9 mol", True),
        ("最低気温は-5度", "最低気温は、5度", False),
        ("it is − 5 °C", "it is 5 °C", False),
        ("‒5 °C", "-5 °C", True),
        ("a net result of -$5 million", "a net result of $5 million", False),
        ("a net result of −$5 million", "a net result of -$5 million", True),
        ("a net result of -€5 million", "a net result of €5 million", False),
        ("priced $3-$5", "priced $3–$5", True),
        ("a shift of −½", "a shift of ½", False),
        ("a shift of −½", "a shift of -1/2", True),
        ("−√2", "√2", False),
        ("the root −b", "the root b", False),
        ("f(x)−g(x)", "f(x)-g(x)", True),
        ("HIV-", "HIV", False),
        ("Rh−", "Rh", False),
        ("a word--word", "a word — word", True),
        ("Ca²⁺", "Ca²", False),
        ("₹500", "₽500", False),
        ("in C# and F#", "in C and F", False),
        ("F♯ minor", "F♭ minor", False),
        ("A ✓ B ✗", "A ✗ B ✓", False),
        ("👍", "👎", False),
        ("🇺🇸 team", "🇩🇪 team", False),
        ("x ∈ A", "x ∉ A", False),
        ("if x != 5", "if x = 5", False),
        ("10①", "101", False),
        ("Calcium is high. [3] So it is.[4] [5]", "Calcium is high. So it is.", True),
        ("[12] Calcium is high.", "Calcium is high.", True),
        ("error [404]", "error [500]", False),
        ("args[0]", "args", False),
        ("a[1].name", "a[2].name", False),
        ("a[1][2].name", "a[1][3].name", False),
        ("高血圧[3]は高い。[4]そうである。", "高血圧は高い。そうである。", True),
        ("𞤀𞤣𞥄", "𞤀𞤣", False),
        ("at ≥5 mg", "at ≤5 mg", False),
        ("1½ cups", "11/2 cups", False),
        ("a 5 % rise", "a 5 rise", False),
        ("कि", "की", False),
        ("血壓很高", "血压很高", False),
        ("ﬁne café", "fine cafe\u0301", True),
        ("STRASSE", "straße", True),
    ],
)
def test_what_counts_as_the_same(one: str, two: str, same: bool) -> None:
    assert (key(one) == key(two)) is same


def test_offsets_count_raw_bytes_in_every_encoding() -> None:
    text = "aé→😀\n" * 200
    for codec in ("utf-8", "utf-16-le", "cp1252"):
        body = text if codec != "cp1252" else "aé–ü\n" * 200
        to_bytes = ByteOffsets(body.encode(codec), body, codec)
        for index in (0, 1, 2, 5, 255, 256, 257, 700, len(body)):
            assert to_bytes(index) == len(body[:index].encode(codec))
    marked = b"\xef\xbb\xbf" + text.encode()
    assert ByteOffsets(marked, text, "utf-8-sig")(2) == 3 + 3
    broken = b"na\xefve caf\xc3\xa9 \xc3\xa9\xc3\xa9\xc3\xa9 x"
    read = decode(broken)
    assert read.text == "na\ufffdve café ééé x"
    assert ByteOffsets(broken, read.text, read.encoding)(read.text.index("x")) == broken.index(b"x")


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        ("é→".encode(), "é→", "utf-8"),
        (b"\xef\xbb\xbfhi", "hi", "utf-8-sig"),
        ("hi é".encode("utf-16"), "hi é", "utf-16-le"),
        ("plain words in two bytes".encode("utf-16-be"), "plain words in two bytes", "utf-16-be"),
        (b'<meta charset="iso-8859-1"> caf\xe9 \x93q\x94', '<meta charset="iso-8859-1"> café “q”', "cp1252"),
        (b"<meta charset=utf-16> caf\xc3\xa9", "<meta charset=utf-16> café", "utf-8"),
        ('<?xml version="1.0" encoding="windows-1251"?> да'.encode("cp1251"), '<?xml version="1.0" encoding="windows-1251"?> да', "cp1251"),
        (b'<meta charset="utf-8"> one bad \xff byte', '<meta charset="utf-8"> one bad \ufffd byte', "utf-8"),
        ("こんにちは、世界。これは日本語の文章です。".encode("cp932"), "こんにちは、世界。これは日本語の文章です。", "cp932"),
    ],
)
def test_decoding(data: bytes, text: str, encoding: str) -> None:
    assert decode(data)[:2] == (text, encoding)


# A few sentences each, as people write them: what they were saved in is stated nowhere.
SAID = {
    "fr": "Le château est fermé l’hiver. À côté, une église très ancienne a été détruite, puis élevée à nouveau.",
    "de": "Die Mühle steht am Fluss. Im Frühjahr führt er viel Wasser, und die Brücke wird für Wägen gesperrt; größere dürfen nicht.",
    "es": "La niña comió una manzana en el jardín. Después volvió a la habitación y escribió una carta a su tío, que vivía en León.",
    "it": "La città è più bella di sera. Perché però non c’è nessuno, non si può dire; forse è già tardi per il caffè.",
    "sv": "Båten går över sjön på våren. Den är för liten för alla, så några får vänta på nästa tur.",
    "is": "Það er gott veður í dag. Við förum út á sjó með þeim sem vilja, og komum aftur þegar kvöldar.",
    "pl": "Zażółć gęślą jaźń. Książka leży na stole, a obok niej są dwie świece; ktoś zapomniał je zgasić.",
    "cs": "Příliš žluťoučký kůň úpěl ďábelské ódy. Město leží u řeky, která na jaře zaplavuje pole.",
    "hu": "Árvíztűrő tükörfúrógép. A város főtere délután üres, csak néhány öreg ül a padokon és beszélget.",
    "tr": "Köprü nehrin üstünde duruyor. İlkbaharda su yükselir ve yol kapanır; çocuklar okula gidemez, işçiler bekler.",
    "lt": "Kaimas yra prie ežero. Žiemą ledas būna storas, todėl žmonės važiuoja per jį į kitą krantą, nors tai draudžiama.",
    "ru": "Деревня стоит у реки. Весной вода поднимается, и мост закрывают; люди ждут на берегу.",
    "uk": "Село стоїть біля річки. Навесні вода піднімається, і міст зачиняють; люди чекають на березі, їм нікуди поспішати.",
    "el": "Το χωριό είναι κοντά στο ποτάμι. Την άνοιξη το νερό ανεβαίνει και η γέφυρα κλείνει. Άλλοι περιμένουν.",
    "he": "הכפר עומד ליד הנהר. באביב המים עולים והגשר נסגר, ואנשים מחכים על הגדה.",
    "ar": "القرية قريبة من النهر. في الربيع يرتفع الماء ويغلق الجسر، والناس ينتظرون على الضفة.",
    "th": "หมู่บ้านอยู่ใกล้แม่น้ำ ในฤดูใบไม้ผลิน้ำขึ้นและสะพานถูกปิด",
    "ja": "村は川のそばにあります。春になると水が増え、橋は通れなくなります。人々は岸で待っています。",
    "ko": "마을은 강 가까이에 있다. 봄이 되면 물이 불어나 다리를 건널 수 없고 사람들은 강가에서 기다린다.",
    "zh": "村子在河的旁边。春天水涨起来，桥就不能走了，人们在岸上等着。这是一个很老的地方。",
    "zh-hant": "村子在河的旁邊。春天水漲起來，橋就不能走了，人們在岸上等著。這是一個很老的地方。",
}
SAVED = {
    "cp1252": "fr de es it sv is",
    "mac_roman": "fr de es",
    "cp850": "fr de es",
    "cp1250": "pl cs hu",
    "iso8859_2": "pl cs hu",
    "cp1254": "tr",
    "cp1257": "lt",
    "cp1251": "ru uk",
    "koi8_u": "ru uk",
    "iso8859_5": "ru uk",
    "cp866": "ru",
    "cp1253": "el",
    "iso8859_7": "el",
    "cp1255": "he",
    "cp1256": "ar",
    "cp874": "th",
    "cp932": "ja",
    "euc_jp": "ja",
    "iso2022_jp": "ja",
    "cp949": "ko",
    "gb18030": "zh",
    "big5": "zh-hant",
}


@pytest.mark.parametrize(("encoding", "language"), [(encoding, x) for encoding, all_of in SAVED.items() for x in all_of.split()])
def test_a_text_that_states_no_encoding_reads_as_its_language(encoding: str, language: str) -> None:
    data = SAID[language].encode(encoding, "ignore")
    found = decode(data)
    assert found.text == data.decode(encoding)
    assert encoding == "iso2022_jp" or "encoding_guessed" in found.flags


@pytest.mark.parametrize("text", ["Un café", "a" * 39_000 + "é", "é" * 1_000, "El niño", "naïve"])
def test_a_letter_or_two_read_as_on_the_web(text: str) -> None:
    assert decode(text.encode("cp1252"))[:2] == (text, "cp1252")


LINE_ENDS = "\n" * 60_000


@pytest.mark.parametrize("text", [f"é{LINE_ENDS}x", f"あ{LINE_ENDS}x", "あ\n" * 30_000, "é" + "\n " * 30_000, f"é{' ' * 60_000}あ"])
def test_lines_are_joined_in_linear_time(text: str) -> None:
    start = time.process_time()
    one_line(text)
    assert time.process_time() - start < 1, "some 3 ms; a look from every line end to the last takes half a minute"


@pytest.mark.parametrize("language", ["ru", "el", "ja", "zh", "ar"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32"])
def test_two_bytes_a_character_are_told_by_their_spaces(encoding: str, language: str) -> None:
    text = SAID[language].replace("。", "。\n") * 3
    assert decode(text.encode(encoding)).text == text


def test_places_in_a_text_with_escape_sequences() -> None:
    data = f"{SAID['ja']}\n\nTokyo 東京.".encode("iso2022_jp")
    found = clean(data, format="text")
    for block in found.blocks:
        piece = data[block.raw_start : block.raw_end]
        assert found.text[block.start : block.end] == piece.decode("iso2022_jp")


@pytest.mark.parametrize("data", [b"%PDF-1.7 x", b"\x89PNG\r\n", b"PK\x03\x04abc", b"{\\rtf1 a}", bytes(range(256)) * 4, b"\x00" * 100])
def test_what_is_no_text_is_refused_with_a_next_step(data: bytes) -> None:
    with pytest.raises(NotText) as refused:
        decode(data)
    assert refused.value.error and refused.value.hint
    assert isinstance(decode_forgiving(data).text, str)


@pytest.mark.parametrize("seed", range(60))
def test_packed_data_is_no_text(seed: int) -> None:
    """Its bytes are all as frequent, so a tenth of them are control characters, more or less; sounds and programs have fewer."""
    chance = random.Random(seed)
    packed = chance.randbytes(500 * 2 ** (seed % 6))
    sound = bytes(chance.choices(range(256), [1 if byte < 32 else 8 for byte in range(256)], k=8_000))
    for data in (packed, sound, "Ein Märchen. ".encode("cp1252") * 200 + packed):
        with pytest.raises(NotText, match="binary"):
            decode(data)


@pytest.mark.parametrize(
    "data",
    [
        "Käse und Brot.\r\n".encode("cp1252") * 20 + b"\x1a" * 20,  # what DOS fills the last block with
        "00714cam a2200205\x1e1 \x1faMüller, Karl\x1e10\x1faKäse und seine Freunde\x1e\x1d".encode("cp1252") * 9,  # a catalogue
        "Käse\0\0\0\0Brot\0\0\0".encode("cp1252") * 9 + b" und so weiter" * 99,  # fields of one length
        b"\x01\x02\x03\x04\x05\x06\x07\x0b\x0e" + b" a list of signs that software should bear" * 40,
    ],
)
def test_old_texts_with_control_characters_are_texts(data: bytes) -> None:
    assert any(word in decode(data).text for word in ("Käse", "software"))


@given(st.binary(max_size=200))
def test_decoding_never_fails_and_leaves_no_surrogates(data: bytes) -> None:
    decode_forgiving(data).text.encode("utf-8")


# -- layout and editing ------------------------------------------------------------------------------------------------


def test_layout_is_as_the_record_says() -> None:
    drafts = [
        Draft("heading", "Doses", level=2),
        Draft("paragraph", "See the table.", links=[DraftLink(8, 13, "t.html", "internal")]),
        Draft("list_item", "one", level=1, marker="- "),
        Draft("list_item", "inner", level=2, marker="1. "),
        Draft("paragraph", ""),
        Draft("table", "A | B", rows=[["A", "B"]], caption="Doses"),
    ]
    text, blocks, links, tables = layout(drafts)
    assert text == "Doses\n\nSee the table.\n\n- one\n  1. inner\n\nA | B"
    assert [text[b.start : b.end] for b in blocks] == ["Doses", "See the table.", "one", "inner", "A | B"]
    assert text[links[0].start : links[0].end] == links[0].text == "table"
    assert (tables[0].caption, text[tables[0].start : tables[0].end]) == ("Doses", "A | B")
    assert [b.section for b in blocks] == [[], ["Doses"], ["Doses"], ["Doses"], ["Doses"]]


def test_a_heading_closes_those_of_its_level_and_below() -> None:
    drafts = [Draft("heading", t, level=n) for n, t in [(2, "A"), (3, "B"), (3, "C"), (2, "D")]]
    assert [b.section for b in layout(drafts).blocks] == [[], ["A"], ["A"], []]


def test_empty_sections_go_with_their_names() -> None:
    drafts = [
        Draft("heading", "A", level=2),
        Draft("heading", "A1", level=3),
        Draft("paragraph", "x"),
        Draft("heading", "B", level=2),
        Draft("heading", "B1", level=3),
        Draft("heading", "C", level=2),
        Draft("heading", "C1", level=3),
        Draft("heading", "C2", level=3),
        Draft("paragraph", "y"),
        Draft("heading", "D", level=2),
    ]
    kept, removals, names = drop_empty_sections(drafts, "x.empty_section")
    assert [d.text for d in kept] == ["A", "A1", "x", "C", "C2", "y"]
    assert names == ["B", "B1", "C1", "D"] == [r.text for r in removals]


DRAFTS = st.lists(
    st.one_of(
        st.builds(lambda t, n: Draft("heading", t, level=n), st.sampled_from(["A", "B b"]), st.integers(1, 6)),
        st.builds(
            lambda t, n, m: Draft("list_item", t, level=n, marker=m, links=[DraftLink(len(t) - 1, len(t), "u", "external")]),
            st.sampled_from(["x", "y\nz", "one\ntwo\nthree"]),
            st.integers(1, 4),
            st.sampled_from(["- ", "12. "]),
        ),
        st.builds(
            lambda t: Draft("paragraph", t, links=[DraftLink(0, 1, "u", "external")]),
            st.sampled_from(["word", "two lines\nof words", " odd "]),
        ),
        st.builds(lambda r: Draft("table", table_text(r), rows=r, header_rows=1), st.sampled_from([[["a", "b"], ["c", "d"]], [["e"]]])),
        st.builds(lambda t: Draft("code", t), st.sampled_from(["  x\n\n  y", "- not a list"])),
    ),
    max_size=12,
)


@given(DRAFTS)
def test_a_document_can_be_taken_apart_and_laid_out_again(drafts: list[Draft]) -> None:
    text, blocks, links, tables = layout(drafts)
    doc = Document(text=text, blocks=blocks, links=links, tables=tables)
    assert with_drafts(doc, drafts_of(doc)) == doc
    for block, draft in zip(blocks, drafts, strict=True):
        lines = [line.lstrip(" ") for line in text[block.start : block.end].split("\n")] if draft.kind == "list_item" else []
        assert "\n".join(lines) == draft.text if lines else text[block.start : block.end] == draft.text


def test_a_link_stays_where_it_is_when_lines_around_it_go_and_goes_with_its_own() -> None:
    words = "Stone was cut in 2004.\nPrint\nSee more on stone there.\nShare it on stone"
    links = [DraftLink(at, at + 5, target, "external") for at, target in ((words.index("stone there"), "a"), (words.rindex("stone"), "b"))]
    doc = with_drafts(Document(text=""), [Draft("paragraph", words, links=links)])
    named = drop_furniture(doc, "html", ["Print"], ["^Share"])
    learned = drop_lines(doc, frozenset(("Print", "Share it on stone")), "furniture.learned")
    for left in (named, learned):
        assert left.text == "Stone was cut in 2004.\nSee more on stone there."
        assert [(x.target, left.text[: x.start][-5:]) for x in left.links] == [("a", "e on ")]


def test_furniture_of_a_source_goes_by_name() -> None:
    drafts = [
        Draft("paragraph", "Share this page\nReal words with a link.", links=[DraftLink(34, 38, "u", "external")]),
        Draft("list_item", "Print", level=1, marker="- "),
        Draft("paragraph", "More real words.\nAbout the author\nShe writes."),
        Draft("paragraph", "Never seen."),
    ]
    text, blocks, links, tables = layout(drafts)
    doc = Document(text=text, blocks=blocks, links=links, tables=tables)
    clean = drop_furniture(doc, "html", ["Share this page", "Print"], ["^About the author"])
    assert clean.text == "Real words with a link.\n\nMore real words."
    assert [clean.text[x.start : x.end] for x in clean.links] == ["link"]
    assert [(r.rule, r.text) for r in clean.removals] == [
        ("html.drop_line", "Share this page"),
        ("html.drop_line", "Print"),
        ("html.drop_after", "About the author\nShe writes."),
        ("html.drop_after", "Never seen."),
    ]


@given(ANY)
def test_every_json_line_is_one_line_for_everybody(text: str) -> None:
    line = json_line({"text": text + "\u2028\u2029\x85"}).decode("utf-8")
    assert len(line.splitlines()) == 1
    assert json.loads(line)["text"] == text + "\u2028\u2029\x85"


def test_scripts_without_spaces_have_words_too() -> None:
    assert words("高血圧は") == list("高血圧は")
    assert words("नमस्ते दुनिया") == ["नमस्ते", "दुनिया"]
    assert len(words("ภาษาไทย")) == 7


@given(st.text(alphabet="aB9 .,-+%$’“—·[]1éßИ²½\u00a0\u0301は\n/:#!=_−⁻✓", max_size=40))
def test_the_fast_road_to_words_gives_the_same_words(text: str) -> None:
    """Letters and spaces are split, of any alphabet; a sign outside ASCII sends the same text through the patterns."""
    assert [*words(text), "≥"] == words(text + " ≥")
    assert [*words(text), "жук"] == words(text + " Жук")
    assert normal_form(text).split() == [word.encode() for word in words(text)]


@pytest.mark.parametrize(
    ("format", "raw"),
    [("obsidian", "# Title\n\nA *note* of some words."), ("wikitext", "An article of words."), ("text", "Some words.")],
)
def test_a_byte_order_mark_of_a_string_is_cut_and_spans_hold(format: str, raw: str) -> None:
    plain, marked = clean(raw, format=format), clean("\ufeff" + raw, format=format)
    assert clean(("\ufeff" + raw).encode(), format=format) == marked
    assert marked.text == plain.text
    for a, b in zip(plain.blocks, marked.blocks, strict=True):
        if a.raw_start >= 0:
            assert (b.raw_start, b.raw_end) == (a.raw_start + 3, a.raw_end + 3)


TORN = [*"Ax.!。 \n”)“(はé[।؟", "i.", "ii.", "Dr.", "etc.", "No.", "  ", "[1]", "[n 2]"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It is rare.[3] So it is.[n 1][4] Ask Dr. Le.", 3),
        ("稀である。[1][2]そうである。", 2),
        ("यह एक वाक्य है। यह दूसरा है।[2] तीसरा?", 3),
        ("هل هو كذلك؟ نعم.", 2),
        ("یہ ایک ہے۔ یہ دو ہے۔", 2),
        ("Սա մեկն է։ Սա երկուսն է։", 2),
        ("An array a.[i] of words", 1),
    ],
)
def test_sentences_end_in_each_script_and_with_the_marks_of_their_footnotes(text: str, count: int) -> None:
    assert len(sentences(text)) == count


@given(st.lists(st.sampled_from([*TORN, "[22]", ".5", "1-2", "-", "✓", "⁻⁹", "x"]), max_size=14))
def test_sentences_that_run_on_say_what_each_says(pieces: list[str]) -> None:
    """A ledger line may hold several sentences, and is compared with as many where they survive."""
    text = "".join(pieces)
    assert " ".join(filter(None, (key(text[a:b]) for a, b in sentences(text)))) == key(text)


@given(st.lists(st.sampled_from(TORN), max_size=14))
def test_sentences_split_the_same_wherever_they_stand(pieces: list[str]) -> None:
    """What of a text stands in another is split again there; were it split otherwise, a sentence would seem to be lost."""
    text = "".join(pieces)
    spans = sentences(text)
    for first in range(len(spans)):
        for last in range(first, len(spans)):
            start, end = spans[first][0], spans[last][1]
            assert [(start + a, start + b) for a, b in sentences(text[start:end])] == spans[first : last + 1]
