"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("main");
const shown = new Map(data.documents.map((d) => [d.id, d]));
const number = (n) => n.toLocaleString("en");
const many = (n, one, more) => number(n) + " " + (n === 1 ? one : more);

/** An element; text only ever becomes a text node. */
function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "hue") node.style.setProperty("--hue", value);
    else if (key === "width") node.style.width = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined).map((c) => (c instanceof Node ? c : String(c))));
  return node;
}

const hues = new Map(Object.keys(data.report.rules).map((rule, n) => [rule, Math.round((n * 137.5 + 20) % 360)]));
const ruleChip = (rule) => el("span", { class: "rule code", hue: hues.get(rule) ?? 0, title: data.rules[rule] ?? "" }, rule);
const to = (view, id) => "#" + view + (id === undefined ? "" : "=" + encodeURIComponent(id));
const chips = (values, kind = "") => el("span", { class: "chips" }, ...values.map((v) => el("span", { class: "chip " + kind }, v)));
const table = (heads, rows) =>
  el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, ...heads.map((h) => el("th", { scope: "col", class: h.num ? "num" : null }, h.text)))),
    el("tbody", {}, ...rows)));

function bars(counts, about, link) {
  const entries = Object.entries(counts).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const most = Math.max(1, ...entries.map((e) => e[1]));
  if (!entries.length) return el("p", { class: "note" }, "None.");
  return el("ul", { class: "bars" }, ...entries.map(([name, count]) => el("li", {},
    link ? el("a", { href: link(name) }, el("code", {}, name)) : el("code", {}, name),
    el("span", { class: "track", "aria-hidden": "true" }, el("span", { class: "fill", width: (100 * count) / most + "%" })),
    el("span", { class: "count" }, number(count)),
    about?.[name] ? el("span", { class: "about" }, about[name]) : null)));
}

// -- overview ---------------------------------------------------------------------------------------------------------------

function overview() {
  const a = data.report.accounting;
  const tile = (kind, count, text) => el("div", { class: "tile t-" + kind }, el("b", {}, number(count)), el("span", {}, text));
  const kinds = ["records", "merged", "quarantined", "skipped"];
  const rows = Object.entries(data.report.sources).map(([name, s]) => {
    const total = Math.max(1, kinds.reduce((sum, k) => sum + s[k], 0));
    const stack = el("span", { class: "stack", "aria-hidden": "true" }, ...kinds.filter((k) => s[k]).map((k) => el("i", { class: "t-" + k, width: (100 * s[k]) / total + "%" })));
    return el("tr", {},
      el("td", {}, el("a", { href: to("documents", "source:" + name) }, name), stack),
      ...kinds.map((k) => el("td", { class: "num" }, number(s[k]))),
      el("td", { class: "num" }, number(s.words)),
      el("td", { class: "num" }, s.words ? number(s.words_lost) + " (" + Math.round((100 * s.words_lost) / s.words) + " %)" : "0"),
      el("td", { class: "num" }, number(s.links) + (s.links_unresolved + s.links_ambiguous ? " / " + number(s.links_unresolved + s.links_ambiguous) : "")),
      el("td", {}, s.license || "not stated"));
  });
  const num = (text) => ({ text, num: true });
  return [
    el("section", {},
      el("h2", {}, many(a.found, "raw entry", "raw entries") + ", each accounted for"),
      el("div", { class: "tiles" },
        tile("records", a.records, a.records === 1 ? "record" : "records"), tile("merged", a.merged, "merged into a record"),
        tile("quarantined", a.quarantined, "quarantined"), tile("skipped", a.skipped, "skipped")),
      el("p", { class: "note" }, `${number(a.found)} found = ${number(a.records)} records + ${number(a.merged)} merged + ${number(a.quarantined)} quarantined + ${number(a.skipped)} skipped`)),
    el("section", { class: "card" }, el("h3", {}, "Sources"),
      table([{ text: "source" }, num("records"), num("merged"), num("quarantined"), num("skipped"), num("words"), num("lost to overlap"), num("links / dead"), { text: "licence" }], rows)),
    el("div", { class: "two" },
      el("section", { class: "card" }, el("h3", {}, "Flags of documents"), bars(data.report.flags, data.flags, (n) => to("documents", "flag:" + n))),
      el("section", { class: "card" }, el("h3", {}, "Diagnostics"), bars(data.report.diagnostics, data.diagnostics)),
      el("section", { class: "card" }, el("h3", {}, "Pairs of documents that overlap"), bars(data.report.relations)),
      el("section", { class: "card" }, el("h3", {}, "Skipped, by reason"), bars(data.report.skipped)),
      el("section", { class: "card" }, el("h3", {}, "Lines that recur in a source"), furniture()),
      el("section", { class: "card" }, el("h3", {}, "Licences of records"), bars(Object.fromEntries(Object.entries(data.report.licenses).map(([k, v]) => [k || "not stated", v])))),
      el("section", { class: "card" }, el("h3", {}, "Templates that templates.toml does not know"), bars(data.report.unknown_templates)))];
}

/** What `learn_furniture = true` would take out. */
function furniture() {
  const rows = Object.entries(data.report.sources).flatMap(([name, s]) => s.furniture.map((f) => el("tr", {},
    el("td", {}, name), el("td", {}, f.line), el("td", { class: "num" }, number(f.documents)))));
  return rows.length ? table([{ text: "source" }, { text: "line" }, { text: "documents", num: true }], rows) : el("p", { class: "note" }, "None.");
}

function removed() {
  return [el("section", {}, el("h2", {}, "What was taken out, by rule"),
    el("p", { class: "lead" }, "Every line is a passage in dropped.jsonl with its text. A rule leads to documents of the sample that it touched."),
    el("div", { class: "card" }, bars(data.report.rules, data.rules, (n) => to("documents", "rule:" + n))))];
}

// -- documents --------------------------------------------------------------------------------------------------------------

function documents(query) {
  const [field, value] = query && query.includes(":") ? [query.slice(0, query.indexOf(":")), query.slice(query.indexOf(":") + 1)] : ["", ""];
  const choice = (name, label, values) => {
    const node = el("select", { id: "f-" + name }, el("option", { value: "" }, "all"), ...values.map((v) => el("option", { value: v }, v)));
    if (field === name && values.includes(value)) node.value = value;
    return [el("label", { for: "f-" + name }, label, node), node];
  };
  const [sourceLabel, source] = choice("source", "Source", Object.keys(data.report.sources));
  const [flagLabel, flag] = choice("flag", "Flag", Object.keys(data.report.flags));
  const [ruleLabel, rule] = choice("rule", "Touched by rule (in the sample)", Object.keys(data.report.rules));
  const words = el("input", { type: "search", id: "f-words", placeholder: "title, id, or words of a sampled text", autocomplete: "off" });
  const list = el("ul", { class: "list" });
  const state = el("p", { class: "note", role: "status" });
  const texts = new Map(data.documents.map((d) => [d.id, d.text.toLowerCase()]));
  const touched = new Map(data.documents.map((d) => [d.id, new Set(d.dropped.map((x) => x[1]))]));
  let limit = 100;
  const more = el("button", { type: "button", onclick: () => { limit += 400; fill(); } }, "Show more");
  function fill() {
    const asked = words.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const found = data.rows.filter(([id, src, title, flags]) =>
      (!source.value || src === source.value) && (!flag.value || flags.split(" ").includes(flag.value)) &&
      (!rule.value || touched.get(id)?.has(rule.value)) &&
      asked.every((w) => title.toLowerCase().includes(w) || id.toLowerCase().includes(w) || texts.get(id)?.includes(w)));
    found.sort((a, b) => Number(shown.has(b[0])) - Number(shown.has(a[0])));
    list.replaceChildren(...found.slice(0, limit).map(([id, src, title, flags]) => el("li", {},
      el("a", { href: to("document", id) }, el("span", { class: "title" }, title || id),
        chips([...(flags ? flags.split(" ") : []), ...(shown.get(id)?.duplicates.some((x) => x[1] === "merged") ? ["merged"] : [])]),
        el("span", { class: "sub" }, id + (shown.has(id) ? "" : " — not in the sample"))))));
    more.hidden = found.length <= limit;
    state.textContent = `${number(found.length)} of ${number(data.report.accounting.records)} records` +
      (data.rows.length < data.report.accounting.records ? `; ${number(data.rows.length)} can be searched here` : "") +
      `; ${number(shown.size)} are shown with their text`;
  }
  for (const node of [source, flag, rule, words]) node.addEventListener("input", () => { limit = 100; fill(); });
  fill();
  return [el("section", {}, el("h2", {}, "Documents"),
    el("div", { class: "tools", role: "search" }, el("label", { for: "f-words" }, "Search", words), sourceLabel, flagLabel, ruleLabel),
    state, el("div", { class: "card" }, list), more)];
}

function one(id) {
  const d = shown.get(id);
  if (!d) return [el("section", {}, el("h2", {}, id), el("p", { class: "note" }, "This document is not in the sample of this page. Its record and its ledger lines are in the published files; ask: pipeline explain " + id))];
  const facts = [["id", d.id], ["source", d.source], ["raw document", d.path], ["parser", d.parser], ["licence", d.license], ["address", d.url], ["words", number(d.words)]];
  const clean = el("div", { class: "body" });
  const raw = el("div", { class: "body" });
  const light = (n) => {
    for (const node of document.querySelectorAll(".on")) node.classList.remove("on");
    for (const body of [clean, raw]) {
      const marked = [...body.querySelectorAll(`[data-b="${n}"]`)];
      for (const node of marked) node.classList.add("on");
      if (marked.length) body.scrollTop = Math.max(0, marked[0].offsetTop - 60);
    }
  };
  const can = new Set(d.raw ? d.raw.pieces.map((p) => p[1]) : []);
  d.blocks.forEach(([kind, level, start, end, origin], n) => {
    const other = d.origins[origin] !== d.id;
    const place = can.has(n);
    clean.append(el("div", {
      class: `block b-${kind}${other ? " other" : ""}`, "data-b": n, tabindex: place ? 0 : null, role: place ? "button" : null,
      onclick: place ? () => light(n) : () => {}, onkeydown: (e) => { if (place && (e.key === "Enter" || e.key === " ")) { e.preventDefault(); light(n); } },
    }, other ? el("span", { class: "origin" }, "from " + d.origins[origin]) : null, (kind === "list_item" ? "• " : "") + d.text.slice(start, end)));
  });
  if (d.cut) clean.append(el("p", { class: "note" }, "The text goes on in the record."));
  if (d.raw) {
    const text = el("div", { class: "raw" });
    for (const [piece, block, rule] of d.raw.pieces) {
      text.append(rule ? el("span", { class: "cut", hue: hues.get(rule) ?? 0, title: rule + ": " + (data.rules[rule] ?? ""), "data-b": block < 0 ? null : block }, piece)
        : block >= 0 ? el("span", { class: "kept", "data-b": block, onclick: () => light(block) }, piece) : piece);
    }
    raw.append(text);
    if (d.raw.cut) raw.append(el("p", { class: "note" }, "The raw document goes on."));
  } else raw.append(el("p", { class: "note" }, "The raw text is not shown: its format keeps no places, or it lies in a container."));
  const used = [...new Set(d.dropped.map((x) => x[1]))];
  const members = d.duplicates.filter((x) => x[1] === "merged").map((x) => x[0]);
  const gone = d.dropped.filter((x) => x[0] === d.id);
  return [
    el("section", {}, el("h2", {}, d.title || d.id), chips(d.flags),
      el("dl", { class: "facts" }, ...facts.filter((f) => f[1]).flatMap(([k, v]) => [el("dt", {}, k), el("dd", {}, v)])),
      used.length ? el("p", { class: "chips", "aria-label": "Rules" }, ...used.map(ruleChip)) : null,
      el("div", { class: "sides" }, el("div", { class: "pane" }, el("h3", {}, "Raw"), raw), el("div", { class: "pane" }, el("h3", {}, "Clean"), clean))),
    ...members.map((m) => side(d, m)),
    d.links.length ? el("section", { class: "card" }, el("h3", {}, "Links within the corpus"),
      table([{ text: "target" }, { text: "leads to" }, { text: "how" }], d.links.map(([target, id2, how]) => el("tr", {}, el("td", { class: "code" }, target),
        el("td", {}, id2 ? el("a", { href: to("document", id2) }, id2) : "nowhere"), el("td", {}, how || "not found"))))) : null,
    gone.length ? el("section", { class: "card" }, el("h3", {}, "Taken out of it"), el("ul", { class: "gone" },
      ...gone.map(([, rule, text]) => el("li", {}, ruleChip(rule), el("q", {}, text)))),
      d.more_dropped ? el("p", { class: "note" }, number(d.more_dropped) + " more lines stand in dropped.jsonl.") : null) : null];
}

// -- overlap ----------------------------------------------------------------------------------------------------------------

/** Both texts with the words that differ marked; longest common subsequence of words, for passages of sane length. */
function compare(left, right) {
  if (left === right) return [[left], [right]];
  const a = left.split(/(\s+)/), b = right.split(/(\s+)/);
  if (a.length * b.length > 400000) return [[left], [right]];
  const size = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--)
    size[i][j] = a[i] === b[j] ? size[i + 1][j + 1] + 1 : Math.max(size[i + 1][j], size[i][j + 1]);
  const out = [[], []];
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { out[0].push(a[i++]); out[1].push(b[j++]); }
    else if (j < b.length && (i === a.length || size[i][j + 1] >= size[i + 1][j])) out[1].push(el("ins", {}, b[j++]));
    else out[0].push(el("del", {}, a[i++]));
  }
  return out;
}

function side(d, member) {
  const pairs = d.dropped.filter((x) => x[0] === member && x[1].startsWith("overlap.")).map(([, rule, text, id, start, end]) => {
    if (!id || end > d.text.length) return [null, el("div", {}, ruleChip(rule), " ", text), ""];
    const [l, r] = compare(d.text.slice(start, end), text);
    return [el("div", {}, ...l), el("div", {}, ...r), "", start];
  });
  const own = d.blocks.filter((b) => d.origins[b[4]] === member)
    .map(([, , start, end]) => [el("div", { class: "none" }, "stands in the record, from the other document"), el("div", {}, d.text.slice(start, end)), "only", start]);
  const rows = [...pairs, ...own].sort((x, y) => (x[3] ?? 1e9) - (y[3] ?? 1e9));
  return el("section", { class: "card" }, el("h3", {}, "Merged: " + member),
    el("p", { class: "note" }, "Left what the record says, right what the other document said. Words that differ are marked; a green row is a passage that only the other had, and that the record gained."),
    el("div", { class: "pairs" }, ...rows.map(([l, r, kind]) => el("div", { class: "pair " + kind }, l ?? el("div", { class: "none" }, "—"), r))));
}

function overlap() {
  const found = data.documents.filter((d) => d.duplicates.length);
  return [el("section", {}, el("h2", {}, "Overlap"),
    el("p", { class: "lead" }, `${many(data.report.accounting.merged, "document", "documents")} joined another record. A sentence left only where its own words survive.` +
      (found.length ? ` The sample has ${many(found.length, "record", "records")} with overlap.` : "")),
    ...found.map((d) => el("div", {}, el("h3", {}, el("a", { href: to("document", d.id) }, d.title || d.id), " "),
      el("p", { class: "chips" }, ...d.duplicates.map(([id, relation]) => el("span", { class: "chip c-merged" }, relation + " " + id))),
      ...d.duplicates.filter((x) => x[1] === "merged").map((x) => side(d, x[0])))))];
}

function quarantine() {
  const a = data.report.accounting;
  return [el("section", {}, el("h2", {}, "Quarantine"),
    el("p", { class: "lead" }, a.quarantined ? `${many(a.quarantined, "document", "documents")} could not be read. Nothing of them is published; each says what to do.` +
      (data.quarantine.length < a.quarantined ? ` The first ${number(data.quarantine.length)} are shown; all stand in quarantine.jsonl.` : "") : "Every document could be read."),
    data.quarantine.length ? el("div", { class: "card" }, table([{ text: "document" }, { text: "stage" }, { text: "what is wrong" }, { text: "next step" }],
      data.quarantine.map((q) => el("tr", {}, el("td", { class: "code" }, q.path), el("td", {}, q.stage), el("td", {}, q.error), el("td", {}, q.hint))))) : null)];
}

// -- the way around ---------------------------------------------------------------------------------------------------------

const views = { overview, documents, document: one, removed, overlap, quarantine };
const tabs = [["overview", "Overview"], ["documents", "Documents", data.report.accounting.records], ["overlap", "Overlap", data.report.accounting.merged],
  ["removed", "Taken out", Object.values(data.report.rules).reduce((a, b) => a + b, 0)], ["quarantine", "Quarantine", data.report.accounting.quarantined]];

function show(first) {
  const hash = location.hash.slice(1);
  if (hash === "main") return;
  const cut = hash.indexOf("=");
  const view = cut < 0 ? hash || "overview" : hash.slice(0, cut);
  let id = cut < 0 ? undefined : hash.slice(cut + 1);
  try { id = id === undefined ? id : decodeURIComponent(id); } catch { /* as it is */ }
  const make = Object.hasOwn(views, view) ? views[view] : overview;
  document.getElementById("tabs").replaceChildren(...tabs.map(([name, label, count]) => el("li", {},
    el("a", { href: "#" + name, "aria-current": name === view || (name === "documents" && view === "document") ? "page" : null }, label, count === undefined ? null : el("span", { class: "n" }, number(count))))));
  main.replaceChildren(...make(id).filter(Boolean));
  document.title = "Ingestion report" + (view === "overview" ? "" : " — " + (id || view));
  scrollTo(0, 0);
  if (!first) main.focus({ preventScroll: true });
}
addEventListener("hashchange", () => show(false));
show(true);
