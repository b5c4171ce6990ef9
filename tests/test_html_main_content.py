"""The classifier of main content: its file, its exactness, and what it does with pages of each kind."""

from __future__ import annotations

import gzip
import importlib
import json
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from training.labels import cut_off, labels, word_f1

import pipeline
from pipeline import clean
from pipeline.explain import explain
from pipeline.parsers.html import drivers, features, main_content, steps
from pipeline.parsers.html.document import choose
from pipeline.parsers.html.hints import hints_of
from pipeline.parsers.html.vocabulary import BITS

SENTENCE = "Stones form slowly, over months, when urine holds more salt than it can dissolve; number {0} grew for {0} years. "
ARTICLE = (
    '<!doctype html><html><head><title>Kidney stones | Clinic</title><meta property="og:type" content="article"></head><body>'
    '<header><a href="/">Clinic</a><nav>' + "".join(f'<a href="/{i}">Entry {i}</a> ' for i in range(12)) + "</nav></header>"
    "<main><article><h1>Kidney stones</h1>"
    + "".join(f"<p>{SENTENCE.format(i) * 3}</p>" for i in range(8))
    + '</article></main><aside class="related"><h3>More</h3><ul>'
    + "".join(f'<li><a href="/r{i}">Another story about organ {i}</a></li>' for i in range(8))
    + '</ul></aside><div class="comments"><p>First! What a story, thank you very much for it, I say.</p></div>'
    "<footer>Imprint</footer></body></html>"
)


def test_the_file_says_what_it_is() -> None:
    model = main_content.shipped()
    assert {"name", "version", "training_set", "cross_validated", "attribution"} <= set(model.info)
    assert model.info["cross_validated"]["word_f1"] >= 0.86
    table = features.table(drivers.read(ARTICLE))
    assert table.names == model.names, "the features of the code are not those that the file was trained on"
    for trees in (model.general, model.article):
        assert trees.feature.max() < len(model.names)


def test_an_article_is_its_paragraphs() -> None:
    doc = clean(ARTICLE, format="html")
    assert all(f"number {i} grew" in doc.text for i in range(8))
    for furniture in ("Entry", "Another story", "First!", "Imprint"):
        assert furniture not in doc.text
    assert {"html.page_header", "html.aside", "html.comments", "html.page_footer"} <= {r.rule for r in doc.removals}
    assert "low_yield" not in doc.flags


def test_trees_agree_with_a_walk() -> None:
    model = main_content.shipped()
    matrix = features.table(drivers.read(ARTICLE)).matrix()
    for trees in (model.general, model.article):
        slow = []
        for row in matrix:
            total = 0
            for feature, threshold, leaf in zip(trees.feature, trees.threshold, trees.leaf, strict=True):
                node = 0
                while node < len(feature):
                    node = 2 * node + 1 + int(row[feature[node]] > threshold[node])
                total += int(leaf[node - len(feature)])
            slow.append(total)
        assert trees.sums(matrix).tolist() == slow


def test_the_choice_has_the_highest_expected_f1() -> None:
    scores, weights = np.array([9000, 500, 8000, 5000]), np.array([50, 50, 40, 2])
    keep, expected = main_content.choose(scores, weights)
    assert keep.tolist() == [True, False, True, True]
    assert 0.8 < expected < 1
    assert not main_content.choose(np.zeros(3, int), np.ones(3, int))[0].any()


def test_where_opinions_differ_more_stays() -> None:
    scores, weights = np.array([9000, 3400]), np.array([50, 100])
    sure, _ = main_content.choose(scores, weights)
    keep, expected = main_content.choose(scores, weights, is_article=False)
    assert (sure.tolist(), keep.tolist()) == ([True, False], [True, True])
    wanted = 0.0
    for shift, share in main_content.OPINIONS:
        odds = np.exp(shift) * scores / (main_content.SCALE - scores)
        hits = float((odds / (1 + odds) * weights).sum())
        wanted += share * 2 * hits / (150 + hits)
    assert expected == pytest.approx(wanted, abs=1e-3)
    assert sum(share for _, share in main_content.OPINIONS) == pytest.approx(1)
    assert main_content.choose(np.array([10000, 0]), np.ones(2, int), is_article=False)[0].tolist() == [True, False]


def test_what_stands_twice_goes_once() -> None:
    card = "<h2>Warm socks</h2><p>Wool from home.</p><p>Three sizes, one colour.</p>"
    prose = f"<p>{SENTENCE.format(7)}</p>"
    row = "<tr><td>same</td><td>as long as the one above is</td></tr>"
    apart = f"<table><tr><th>Size</th><th>Length of foot</th></tr>{row * 2}</table><pre>{SENTENCE}</pre><pre>{SENTENCE}</pre>"
    mobile = f'<div class="mobile">{card}<p>Wool from home.</p>{prose}</div>'
    page = drivers.read(f"<html><body>{card}{prose}<p>Between.</p>{prose}{mobile}{apart}</body></html>")
    gone = main_content.repeated(page, [True] * len(page.text))
    assert [page.text[n] for n in gone] == ["Warm socks", "Wool from home.", "Three sizes, one colour.", SENTENCE.format(7).strip()]


def test_a_page_without_confidence_keeps_all_content() -> None:
    doc = clean("<!doctype html><html><body><nav>Home</nav><div>ok</div></body></html>", format="html", mode="main")
    assert doc.text == "ok"


@pytest.mark.parametrize("body", ["", "<p></p>", "<script>1</script>", "<nav>Home</nav>"])
def test_a_page_without_content_is_no_error(body: str) -> None:
    assert clean(f"<!doctype html><html><body>{body}</body></html>", format="html", mode="main").text == ""


def test_stated_text_stands_in_for_a_page_drawn_by_scripts() -> None:
    body = "A sock that keeps the foot warm in winter and cool in summer, knitted of fine wool from the hills of home."
    data = '<script type="application/ld+json">{"@type": "Product", "name": "Sock", "description": "' + body + '"}</script>'
    doc = clean(f'<!doctype html><html><body><div id="app"></div>{data}</body></html>', format="html", mode="main")
    assert doc.text == body
    assert "stated_text" in doc.flags
    assert clean(f"<!doctype html><html><body><p>{body}</p>{data}</body></html>", format="html", mode="main").text.count("A sock") == 1


def test_a_thread_is_no_article_with_comments() -> None:
    posts = "".join(f'<div class="reply" id="post-{i}"><p>{SENTENCE.format(i) * 3}</p></div>' for i in range(6))
    head = '<head><title>Stones | Board</title><meta property="og:type" content="article"></head>'
    menu = "<nav>" + "".join(f'<a href="/{i}">Entry {i}</a>' for i in range(9)) + "</nav>"
    doc = clean(f"<!doctype html><html>{head}<body>{menu}<main><h1>Stones</h1>{posts}</main></body></html>", format="html")
    assert all(f"number {i} grew" in doc.text for i in range(6))


def test_comments_longer_than_the_article_go() -> None:
    one = "<div class=body><p>I knew a stone once that grew and grew, said reader {0}. " + SENTENCE + "</p></div>"
    comments = "".join(one.format(i) for i in range(20))
    doc = clean(ARTICLE.replace('<div class="comments">', f'<div class="comments">{comments}'), format="html")
    assert "said reader" not in doc.text
    assert all(f"number {i} grew" in doc.text for i in range(8))


def test_a_hidden_copy_of_the_text_is_no_collapsed_text() -> None:
    shown = [f"Stone {i} of the quarry is one of the oldest that anybody has seen so far, says book {i * i}." for i in range(12)]
    visible = "".join(f"<p>{text}</p>" for text in shown)
    hidden = f'<div style="display:none">{" ".join(shown)} Read all of it where it first stood, which is our own old magazine.</div>'
    doc = clean(f"<!doctype html><html><body><main>{visible}</main>{hidden * 3}</body></html>", format="html", mode="clean")
    assert doc.text.count("Stone 7 of") == 1
    assert "html.hidden_text" in {r.rule for r in doc.removals}
    doc = clean(f"<!doctype html><html><body>{hidden}</body></html>", format="html", mode="clean")
    assert doc.text.count("Stone 7 of") == 1


def test_code_between_paragraphs_that_stay_is_theirs() -> None:
    prose = f"<p>{SENTENCE.format(1)}</p>"
    page = drivers.read(f"<pre>0</pre>{prose}<pre>1</pre><pre>2</pre><p>See:</p><pre>3</pre>{prose}<pre>4</pre>{prose}<pre>5</pre>")
    count = len(page.text)
    scores = main_content.Scores(np.zeros(count, int), np.ones(count, int), is_article=True, gone=[""] * count)
    first, second, third = (n for n, text in enumerate(page.text) if len(text) > 60)
    found = main_content.code(page, scores, [n in (first, second) for n in range(count)])
    assert [page.text[n] for n in found] == ["1", "2", "3"]
    assert main_content.code(page, scores, [n == third for n in range(count)]) == []
    gone = scores._replace(gone=["html.comments"] * count)
    assert main_content.code(page, gone, [n in (first, second) for n in range(count)]) == []


def test_a_quoted_post_is_no_share_button() -> None:
    quote = '<blockquote class="twitter-tweet"><p>We took the stone out.</p>A doctor (@doctor)</blockquote>'
    page = drivers.read(f'<body><div class="twitter">Follow us</div>{quote}</body>')
    assert [bool(page.anc[holder] & BITS[".share"]) for holder in page.holder] == [True, False, False]


def test_posts_that_an_article_quotes_stay() -> None:
    post = '<div class="embed"><blockquote class="twitter-tweet"><p>We took the stone out.</p>A doctor</blockquote></div>'
    body = f"<div><p>{SENTENCE.format(1)}</p>{post}<p>{SENTENCE.format(2)}</p></div><div>{post}<p>More</p></div>"
    page = drivers.read(f"<!doctype html><body>{body}</body>")
    scores = main_content.Scores(np.zeros(len(page.text), int), np.ones(len(page.text), int), is_article=True, gone=[""] * len(page.text))
    assert page.text[1:3] == page.text[4:6] == ["We took the stone out.", "A doctor"]
    assert main_content.quoted(page, scores, [True, False, False, True, False, False, False]) == [1, 2]
    assert main_content.quoted(page, scores, [False] * 7) == []


def test_posts_in_posts_take_linear_time() -> None:
    def seconds(depth: int) -> float:
        page = drivers.read(f"<body><p>{SENTENCE}</p>" + '<div class="twitter-tweet"><p>a word</p>' * depth)
        count = len(page.text)
        scores = main_content.Scores(np.zeros(count, int), np.ones(count, int), is_article=True, gone=[""] * count)
        start = time.process_time()
        assert len(main_content.quoted(page, scores, [True] + [False] * (count - 1))) == depth
        return time.process_time() - start

    assert seconds(20_000) < 1


def test_an_aside_that_is_surely_of_the_article_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    aside = f'<aside id="box"><p>What the box says: {SENTENCE.format(70) * 2}</p></aside>'
    source = ARTICLE.replace("</article>", aside + "</article>")
    monkeypatch.setattr(main_content, "SURE", main_content.SCALE + 1)
    assert "What the box says" not in clean(source, format="html").text
    monkeypatch.setattr(main_content, "SURE", 1)
    assert "What the box says" in clean(source, format="html").text


def test_a_page_that_only_calls_itself_an_article_is_read_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    page = drivers.read(ARTICLE)
    gone = choose(page, "clean").rules
    sure, _, expected = main_content.decide(page, gone)
    assert sure.is_article
    monkeypatch.setattr(main_content, "ARTICLE_STATED", 1.1)
    monkeypatch.setattr(main_content, "ARTICLE", 1.1)
    other, _, expected_other = main_content.decide(page, gone)
    assert not other.is_article
    monkeypatch.undo()
    monkeypatch.setattr(main_content, "DOUBTED", 1.1)
    monkeypatch.setattr(main_content, "HOPEFUL", 1.1)
    assert main_content.decide(page, gone)[2] == max(expected, expected_other)


def test_the_lead_of_an_article_stays() -> None:
    lead = "Stones in the kidney are common, painful and in most cases harmless, as three doctors of the clinic say."
    body = "".join(f"<p>{SENTENCE.format(i) * 3}</p>" for i in range(8))
    described = f'<meta name="description" content="{lead}">'
    other = f"<p>{SENTENCE.format(99)}</p>"

    def found(head: str, above: str, score: int) -> list[str]:
        source = f"<!doctype html><html><head><title>Kidney stones</title>{head}</head><body><h1>Kidney stones</h1>{above}<div>{body}</div>"
        page = drivers.read(source)
        texts = page.text
        keep = [number >= len(texts) - 8 for number in range(len(texts))]
        scores = main_content.Scores(np.full(len(texts), score), np.ones(len(texts), int), is_article=True, gone=[""] * len(texts))
        return [texts[number] for number in main_content.lead(page, hints_of(page), scores, keep)]

    assert found(described, f"<p>{lead}</p>{other}", 400) == [lead]
    assert found("", f"<p>{lead}</p><p>A short line</p>", 400) == [lead]
    assert found("", f"<p>{lead}</p>{other}", 400) == []
    assert found("", f"<div>{lead}</div>", 400) == []
    assert found(described, f"<p>{lead}</p>", 100) == []


def test_the_record_and_explain_say_what_the_score_was(tmp_path: Path) -> None:
    (tmp_path / "raw" / "clinic").mkdir(parents=True)
    extra = "".join(f"<div><span>Ward {i}</span> Open on Mondays</div>" for i in range(6))
    (tmp_path / "raw" / "clinic" / "stones.html").write_text(ARTICLE.replace("</main>", f"</main>{extra}"), encoding="utf-8")
    pipeline.ingest(tmp_path / "raw", tmp_path / "processed")
    said = json.loads(next(iter(pipeline.read(tmp_path / "processed"))).metadata)["main_content"]
    assert said["page"] == "article"
    assert 0.5 < said["expected_f1"] <= 1
    assert 0 < said["lowest_score"] < 1
    found = explain("Ward 3", tmp_path / "processed")
    assert found[0].rule in ("html.not_main_content", "html.uncertain_content")
    assert f"scores from {said['lowest_score']} stay" in found[0].reason


def test_labels_find_the_passages_of_a_text() -> None:
    texts = ["Home Shop About", "The stone grew for many years.", "Related", "It never hurt until the day it did.", "The stone grew"]
    share, words = labels(texts, "The stone grew for many years. It never hurt until the day it did.")
    assert share.round().tolist() == [0, 1, 0, 1, 0]
    assert words.tolist() == [3, 6, 1, 8, 3]


def test_labels_find_entries_that_the_text_has_in_another_order() -> None:
    texts = ["Home", "Moonstone", "$4", "Home", "Sunstone", "$5", "Home", "Opal", "$6", "Home"]
    kin = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]
    truth = "Our stones:\n\nOpal and Sunstone\n\nMoonstone | $4\n\nSunstone | $5\n\nOpal | $6"
    share, _ = labels(["Our stones: Opal and Sunstone", *texts], truth, [9, *kin])
    assert share.round().tolist() == [1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0]


def test_what_stands_behind_the_end_of_a_text_that_was_cut_says_nothing() -> None:
    sizes = np.array([2, 40, 40, 5, 40, 40, 40, 4], float)
    share = np.array([0, 1, 1, 0, 0, 0, 0, 0], float)
    kin = [0, 1, 1, 2, 1, 1, 1, 3]
    assert cut_off(share, sizes, [False] * 8, kin).tolist() == [False] * 3 + [True] * 4 + [False]
    assert not cut_off(share, sizes, [False] * 8, [0, 1, 1, 2, 4, 4, 4, 3]).any()
    assert not cut_off(share, sizes, [True] * 8, kin).any()


def test_rules_go_before_the_classifier() -> None:
    page = drivers.read(ARTICLE)
    gone = choose(page, "clean").rules
    assert not main_content.decide(page, gone)[0].passages[[i for i, rule in enumerate(gone) if rule]].any()


def test_word_f1_of_bags() -> None:
    from collections import Counter

    assert word_f1(Counter("ab"), Counter("ab")) == 1
    assert word_f1(Counter(), Counter()) == 1
    assert word_f1(Counter("ab"), Counter()) == 0


def test_articles_to_train_on_come_from_the_history_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "training"))
    news_pages = importlib.import_module("news_pages")
    body = "The council met on Monday, and after a long debate it chose the older of the two plans for the bridge. " * 3
    work = tmp_path / "work"
    data = work / "tests" / "at"
    data.mkdir(parents=True)
    (data / "Post_2024_05_03.html.gz").write_bytes(gzip.compress(f"<link rel=canonical href='https://post.example/1'><p>{body}</p>".encode()))
    said = {f"V{n}": {"body": {"sections": [{"headline": [], "paragraphs": [p]}]}} for n, p in enumerate(("Another day. " * 30, body))}
    (data / "Post.json").write_text(json.dumps(said))
    git = ["git", "-C", str(work), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for command in ("init -q", "add .", "commit -q -m a", "rm -q tests/at/Post_2024_05_03.html.gz", "commit -q -m b"):
        subprocess.run([*git, *command.split()], check=True)
    rows = list(news_pages.fundus(news_pages.Repository(work / ".git")))
    assert [(r["id"], r["url"], r["truth"]) for r in rows] == [("fundus:at/Post_2024_05_03", "https://post.example/1", body.strip())]


RECIPE = """<p>Soup is soup.</p><h4>What you need</h4>
<ul><li itemprop="recipeIngredient">2 cod<li itemprop="recipeIngredient">Salt<li>A leaf</ul>
<div itemprop="recipeInstructions"><p>Boil.</p><p itemprop="step">Stir.</p></div><p itemprop="name">Soup</p><p>Enjoy.</p>"""


def test_entries_that_microdata_name_are_stated_with_their_list_and_its_heading() -> None:
    page = drivers.read(RECIPE)
    found = [page.text[number] for number in steps.stated(page, [""] * len(page.text))]
    assert found == ["What you need", "2 cod", "Salt", "A leaf", "Boil.", "Stir."]
    gone = ["html.form" if text in ("What you need", "Salt") else "" for text in page.text]
    assert [page.text[number] for number in steps.stated(page, gone)] == ["2 cod", "A leaf", "Boil.", "Stir."]


def test_a_long_part_of_a_stated_step_is_stated_and_a_short_one_is_not() -> None:
    data = json.dumps({"@type": "HowTo", "step": [{"text": "Boil the water for ten minutes. Then salt it."}, {"text": "Stir"}]})
    parts = ("Boil the water for ten minutes.", "Then salt it.", "Stir", "Sit")
    page = drivers.read(f'<script type="application/ld+json">{data}</script>' + "".join(f"<p>{part}</p>" for part in parts))
    assert [page.text[number] for number in steps.stated(page, [""] * len(parts))] == [parts[0], parts[2]]
