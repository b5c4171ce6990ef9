"""The page to look at: the same bytes for the same set, bounded, hostile text stays text; and, in a real browser, that it works."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline.report import page
from pipeline.verify import verify

HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror=alert(1)><!--<script>'
FACTS = ["Slate splits into thin sheets.", "Chalk is soft and white.", "Flint breaks with a sharp edge.", "Gneiss shows bands."]


def corpus(raw: Path, count: int) -> None:
    """Notes, pages and articles of our own writing, with overlap, flags, things that go and things that cannot be read."""
    (raw / "notes").mkdir(parents=True)
    (raw / "web").mkdir()
    (raw / "sources.toml").write_text("[sources.notes]\nmax_loss = 1.0\n[sources.web]\nmax_loss = 1.0\n")
    for n in range(count):
        body = "\n\n".join(f"{FACTS[(n + k) % 4]} Drawer {n + k} holds a piece of it, found in the year {1850 + n % 90}." for k in range(3))
        (raw / f"notes/{n:05}.md").write_text(f"---\ntitle: Stone {n}\n---\n{body}\n\n%% a remark to oneself %%\n\nSee [[Stone {n + 1}]].")
        if n % 10 == 0:
            (raw / f"web/{n:05}.html").write_text(
                f"<title>Page {n}</title><nav><a href=/>Home</a></nav><p>{body.replace(chr(10) * 2, '<p>')}"
            )
    (raw / "notes/hostile.md").write_text(f"---\ntitle: '{HOSTILE}'\n---\nA text that says `{HOSTILE}` and {HOSTILE} \u2028 more.")
    (raw / "notes/empty.txt").write_text("")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("page")
    corpus(found / "raw", 30)
    pipeline.ingest(found / "raw", found / "out")
    return found


def data(path: Path) -> Any:
    text = (path / page.FILE).read_text()
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    return json.loads(found)


def test_the_page_is_part_of_the_set(folder: Path) -> None:
    assert verify(folder / "raw", folder / "out") == []
    shown = data(folder / "out")
    assert shown["report"] == json.loads((folder / "out/report.json").read_text())
    assert [q["path"] for q in shown["quarantine"]] == ["notes/empty.txt"]
    assert {d["id"] for d in shown["documents"]} == {r.id for r in pipeline.read(folder / "out")}


def test_it_is_the_same_after_any_way_and_in_any_folder(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "raw", tmp_path / "raw")
    (tmp_path / "raw/notes/more.md").write_text("A note that comes and goes, on basalt and its columns of six sides.")
    pipeline.ingest(tmp_path / "raw", tmp_path / "out")
    (tmp_path / "raw/notes/more.md").unlink()
    pipeline.ingest(tmp_path / "raw", tmp_path / "out", workers=2)
    assert (tmp_path / "out" / page.FILE).read_bytes() == (folder / "out" / page.FILE).read_bytes()


def test_nothing_of_a_document_is_markup(folder: Path) -> None:
    text = (folder / "out" / page.FILE).read_text()
    assert "<img" not in text and text.count("<script") == 2 and "<!--" not in text and "\u2028" not in text
    assert "http://" not in re.sub(r'<script type="application/json".*?</script>', "", text, flags=re.S)
    assert any(d["title"].startswith("</script>") for d in data(folder / "out")["documents"])


def test_raw_pieces_say_what_became_of_them(folder: Path) -> None:
    one = next(d for d in data(folder / "out")["documents"] if d["path"] == "notes/00007.md")
    assert "".join(text for text, _, _ in one["raw"]["pieces"]) == (folder / "raw/notes/00007.md").read_text()
    assert any("a remark to oneself" in text and rule for text, _, rule in one["raw"]["pieces"])
    for text, block, _ in one["raw"]["pieces"]:
        if block >= 0 and "[[" not in text:
            _, _, start, end, _ = one["blocks"][block]
            assert text.strip() in one["text"][start:end]


def test_a_large_set_is_sampled_and_the_page_stays_small(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_DOCUMENTS", 5)
    monkeypatch.setattr(page, "MOST_ROWS", 10)
    pipeline.ingest(folder / "raw", tmp_path / "out")
    shown = data(tmp_path / "out")
    assert (len(shown["documents"]), len(shown["rows"])) == (5, 10)
    assert all(d["flags"] or d["duplicates"] for d in shown["documents"][:3])
    monkeypatch.setattr(page, "MOST_BYTES", 1)
    pipeline.ingest(folder / "raw", tmp_path / "small")
    assert len(data(tmp_path / "small")["documents"]) == 1


# -- in a browser --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: make test-browser")
    chromium, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no chromium with chromedriver, which no package of Python brings: install both, then make test-browser")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --disable-dev-shm-usage --window-size=1280,1000"
    ).split():
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    yield found
    found.quit()


def opened(browser: Any, out: Path, view: str = "") -> None:
    browser.get("about:blank")
    browser.get(f"{(out / page.FILE).as_uri()}{view}")


def quiet(browser: Any) -> None:
    """No message of an error, and no request but for the page itself."""
    assert [e for e in browser.get_log("browser") if e["level"] in ("SEVERE", "WARNING")] == []
    messages = [json.loads(e["message"])["message"] for e in browser.get_log("performance")]
    urls = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert all(url.startswith(("file:", "about:", "data:", "chrome")) for url in urls), urls


def text(browser: Any) -> str:
    return str(browser.execute_script("return document.getElementById('main').innerText"))


def test_it_opens_filters_and_shows_a_document(browser: Any, folder: Path) -> None:
    opened(browser, folder / "out")
    assert "raw entries, each accounted for" in text(browser)
    browser.execute_script("location.hash = 'documents'")
    time.sleep(0.2)
    field = browser.find_element("id", "f-words")
    field.send_keys("00007")
    rows = browser.find_elements("css selector", ".list li")
    assert len(rows) == 1 and "Stone 7" in rows[0].text
    rows[0].find_element("tag name", "a").click()
    time.sleep(0.2)
    assert "a remark to oneself" in browser.find_element("css selector", ".raw .cut").text
    assert "Drawer 7" in browser.find_element("css selector", ".pane:last-child").text
    browser.find_element("css selector", ".block[tabindex]").click()
    assert len(browser.find_elements("css selector", ".raw .on")) >= 1
    for view, words in (("overlap", "joined another record"), ("removed", "obsidian.comment"), ("quarantine", "the file is empty")):
        browser.execute_script(f"location.hash = '{view}'")
        time.sleep(0.2)
        assert words in text(browser)
    quiet(browser)


def test_hostile_text_stays_text(browser: Any, folder: Path) -> None:
    id = next(d["id"] for d in data(folder / "out")["documents"] if d["title"].startswith("</script>"))
    opened(browser, folder / "out")
    browser.execute_script("location.hash = 'document=' + encodeURIComponent(arguments[0])", id)
    time.sleep(0.3)
    assert "</script><script>" in text(browser)
    assert browser.title.startswith("Ingestion report")
    assert browser.find_elements("css selector", "img") == []
    for view in ("#nothing", "#document=%zz", "#document=none", "#constructor", "#documents=source:<b>"):
        opened(browser, folder / "out", view)
        assert len(text(browser)) > 20
    quiet(browser)


def test_the_keyboard_reaches_everything(browser: Any, folder: Path) -> None:
    keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
    opened(browser, folder / "out")
    body = browser.find_element("tag name", "body")
    seen = []
    for _ in range(4):
        body.send_keys(keys.TAB)
        seen.append(browser.switch_to.active_element.text)
        body = browser.switch_to.active_element
    assert seen[0] == "Skip to content" and seen[1].startswith("Overview") and seen[2].startswith("Documents")
    browser.switch_to.active_element.send_keys(keys.ENTER)  # overlap
    time.sleep(0.2)
    assert "joined another record" in text(browser)
    opened(browser, folder / "out", "#document=" + "notes%3A00007.md")
    browser.execute_script("document.querySelector('.block[tabindex]')?.focus()")
    browser.switch_to.active_element.send_keys(keys.ENTER)
    assert browser.find_elements("css selector", ".block.on")
    quiet(browser)


@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_any_width(browser: Any, folder: Path, width: int) -> None:
    browser.set_window_size(width, 900)
    for view in ("", "#documents", "#overlap", "#removed", "#quarantine"):
        opened(browser, folder / "out", view)
        assert browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, view
    browser.set_window_size(1280, 1000)


def test_ten_thousand_documents_open_at_once(browser: Any, tmp_path: Path) -> None:
    from pipeline.stages.lines import json_line
    from tests.records import record

    (tmp_path / "raw/s").mkdir(parents=True)
    (tmp_path / "raw/s/one.txt").write_text("One document, so that there is a set to start from.")
    report = pipeline.ingest(tmp_path / "raw", tmp_path / "out")
    (tmp_path / "out/documents.jsonl").write_bytes(b"".join(json_line(record(n)) for n in range(10_000)))
    page.write(tmp_path / "out", tmp_path / "raw", report)
    assert (tmp_path / "out" / page.FILE).stat().st_size < 6 << 20
    start = time.monotonic()
    opened(browser, tmp_path / "out", "#documents")
    assert "can be searched" in text(browser) or "10,000 of" in text(browser)
    assert time.monotonic() - start < 5
    start = time.monotonic()
    browser.find_element("id", "f-words").send_keys("slate")
    assert len(text(browser)) > 100
    assert time.monotonic() - start < 5
    quiet(browser)
