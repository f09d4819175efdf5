// What Word and WPS put on the clipboard, made plain HTML: their lists, headings, notes and tables keep their structure,
// everything else they say about looks goes.

/** `l0 level1 lfo1` of mso-list, and whether that level counts, from the style sheet that comes along. */
function listKinds(html) {
  const kinds = new Map();
  for (const [, list, level, rules] of html.matchAll(/@list\s+(l\d+):level(\d+)[^{]*\{([^}]*)\}/g)) {
    const format = /mso-level-number-format:\s*([\w-]+)/.exec(rules)?.[1];
    kinds.set(`${list}:${level}`, format === "bullet" || /font-family:\s*(Symbol|Wingdings)/i.test(rules) ? "ul" : "ol");
  }
  return kinds;
}

/** The HTML of a clipboard as a document, its styles readable but not applied. */
export function read(html) {
  const kinds = listKinds(html);
  const plain = html
    .replace(/<!--\[if !supportLists\]-->([\s\S]*?)<!--\[endif\]-->|<!\[if !supportLists\]>([\s\S]*?)<!\[endif\]>/g, (_all, a, b) => `<list-mark>${a ?? b}</list-mark>`)
    .replace(/<!--\[if !supportFootnotes\]-->([\s\S]*?)<!--\[endif\]-->|<!\[if !supportFootnotes\]>([\s\S]*?)<!\[endif\]>/g, "$1$2")
    .replace(/<!--\[if (?!support)[\s\S]*?<!\[endif\]-->/g, "")
    .replace(/<!--[\s\S]*?-->|<!\[[^>]*\]>/g, "")
    .replace(/<style[\s\S]*?<\/style>|<xml[\s\S]*?<\/xml>|<script[\s\S]*?<\/script>|<head[\s\S]*?<\/head>|<title[\s\S]*?<\/title>/gi, "")
    .replace(/(<[^>]*?\s)style=/gi, "$1data-style=");
  const page = new DOMParser().parseFromString(plain, "text/html");
  return { body: page.body, kinds };
}

export const styleOf = (element, name) => new RegExp(`(?:^|;)\\s*${name}\\s*:\\s*([^;]+)`, "i").exec(element.dataset?.style ?? element.getAttribute?.("data-style") ?? "")?.[1].trim() ?? "";

/** Take out what Word's change tracking, comments and hidden text leave behind. */
export function withoutJunk(body) {
  const gone = 'del, o\\:p:empty, [class="MsoCommentReference"], [class="MsoCommentText"], .msocomoff, [id^="_com_"], hr[align="left"][width="33%"]';
  for (const element of body.querySelectorAll(gone)) element.remove();
  for (const element of body.querySelectorAll("[data-style]")) {
    if (/display\s*:\s*none|mso-hide\s*:\s*all|mso-element\s*:\s*(comment|field-begin|field-separator|field-end)/i.test(element.getAttribute("data-style"))) element.remove();
  }
  for (const element of [...body.querySelectorAll("*")]) {
    if (element.localName.includes(":") || ["ins", "font", "big", "small"].includes(element.localName)) element.replaceWith(...element.childNodes);
  }
}

/** Headings that are paragraphs with an outline level, or with a heading's class. */
export function headings(body) {
  for (const paragraph of [...body.querySelectorAll("p, div")]) {
    const name = /^(?:Mso)?(?:Heading|标题)[ -]?(\d)/i.exec(paragraph.className)?.[1];
    const level = Number(name ?? styleOf(paragraph, "mso-outline-level"));
    if (!(level >= 1 && level <= 9) || paragraph.querySelector("p, div, table, ul, ol")) continue;
    rename(paragraph, `h${Math.min(6, level)}`);
  }
}

export function rename(element, name) {
  const made = element.ownerDocument.createElement(name);
  for (const { name: attribute, value } of element.attributes) made.setAttribute(attribute, value);
  made.append(...element.childNodes);
  element.replaceWith(made);
  return made;
}

/** Paragraphs with `mso-list` become real lists, nested by their level. */
export function lists(body, kinds) {
  let open = [];
  let before = null;
  for (const paragraph of [...body.querySelectorAll("p, h1, h2, h3, h4, h5, h6")]) {
    const found = /(l\d+)\s+level(\d+)/.exec(styleOf(paragraph, "mso-list"));
    if (!found || paragraph.closest("table, li") || /^h/.test(paragraph.localName)) {
      for (const mark of found ? paragraph.querySelectorAll("list-mark") : []) mark.replaceWith(mark.textContent.replace(/[\s\u00a0]+$/, ""));
      continue;
    }
    const level = Number(found[2]);
    const mark = paragraph.querySelector("list-mark, [data-style*='mso-list:Ignore'], [data-style*='mso-list: Ignore']");
    const sign = mark?.textContent.trim() ?? "";
    const symbols = mark && /font-family:\s*"?(Wingdings|Symbol)/i.test(mark.parentElement.outerHTML.slice(0, 600));
    const kind = sign ? (isNumber(sign) && !symbols ? "ol" : "ul") : (kinds.get(`${found[1]}:${level}`) ?? "ul");
    mark?.remove();
    if (!before || !follows(before, paragraph) || (open[0] && level === 1 && open[0].localName !== kind)) open = [];
    open = open.slice(0, level);
    if (open[level - 1] && open[level - 1].localName !== kind) open = open.slice(0, level - 1);
    const item = body.ownerDocument.createElement("li");
    const list = into(open, level, kind, paragraph, Number(/\d+/.exec(sign)?.[0] ?? 1));
    item.append(...paragraph.childNodes);
    list.append(item);
    before = open[0];
    paragraph.remove();
  }
}

/** The list to put an item of this level into; missing levels are made. */
function into(open, level, kind, paragraph, start) {
  while (open.length < level) {
    const list = paragraph.ownerDocument.createElement(kind);
    if (kind === "ol" && start > 1 && open.length === level - 1) list.setAttribute("start", start);
    const parent = open.at(-1);
    if (parent) (parent.lastElementChild ?? parent.appendChild(paragraph.ownerDocument.createElement("li"))).append(list);
    else paragraph.before(list);
    open.push(list);
  }
  return open[level - 1];
}

const isNumber = (sign) => /^[（(]?(\d+|[a-z]|[ivxlc]+|[一二三四五六七八九十百]+|[①-⑳])[.．、)）]?$/i.test(sign) && !/^[ol]$/.test(sign);

/** Whether nothing but blanks stands between a list and a paragraph. */
function follows(list, paragraph) {
  for (let next = list.nextSibling; next; next = next.nextSibling) {
    if (next === paragraph) return true;
    if (next.textContent.trim()) return false;
  }
  return false;
}

/** Notes at the end become definitions, their marks references. */
export function footnotes(body) {
  const labels = new Map();
  for (const mark of [...body.querySelectorAll('a[href^="#_ftn"], a[href^="#_edn"], a[href*="#_ftn"], a[href*="#_edn"]')]) {
    const id = /#(_(?:ftn|edn)(ref)?(\d+))$/.exec(mark.getAttribute("href"));
    if (!id) continue;
    if (id[2]) {
      define(mark, id[1].replace("ref", ""), labels, body);
      continue;
    }
    if (!labels.has(id[1])) labels.set(id[1], String(labels.size + 1));
    const made = body.ownerDocument.createElement("sup");
    made.dataset.note = labels.get(id[1]);
    (mark.closest("sup") ?? mark).replaceWith(made);
  }
  for (const list of body.querySelectorAll('[data-style*="mso-element:footnote-list"], [data-style*="mso-element:endnote-list"], [data-style*="mso-element: footnote-list"]')) list.replaceWith(...list.childNodes);
}

function define(back, id, labels, body) {
  const note = back.closest('div[id^="ftn"], div[id^="edn"]') ?? back.closest("p");
  if (!note || !labels.has(id)) return;
  (back.closest("sup") ?? back).remove();
  const made = body.ownerDocument.createElement("div");
  made.dataset.footnote = labels.get(id);
  made.append(...(note.localName === "p" ? [note.cloneNode(true)] : note.childNodes));
  note.remove();
  body.append(made);
}
