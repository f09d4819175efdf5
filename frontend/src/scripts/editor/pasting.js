// Pasting from Word, WPS, an official account or any page keeps the structure and drops the looks.
import { DOMParser as Reader } from "prosemirror-model";
import { Plugin } from "prosemirror-state";
import { cleaned } from "./inline.js";
import { parse } from "./parse.js";
import { schema } from "./schema.js";
import { serialize } from "./serialize.js";
import { footnotes, headings, lists, read, rename, styleOf, withoutJunk } from "./word.js";

const BLOCKS = "p, h1, h2, h3, h4, h5, h6, ul, ol, table, blockquote, pre, section, div, figure, article, hr";
const MARKDOWN = /^(#{1,6} |[-*+] |\d{1,9}\. |> |```|\[\^[^\]]+\]: |\|.*\|\s*$)|\*\*[^*\s][^*]*\*\*|\]\([^)\s]+\)/m;

/** HTML of the clipboard as HTML that the schema reads whole, and how many pictures were left out. */
export function plainHtml(html) {
  const { body, kinds } = read(html);
  withoutJunk(body);
  footnotes(body);
  headings(body);
  lists(body, kinds);
  const pictures = withoutPictures(body);
  emphasis(body);
  containers(body);
  tables(body);
  blanks(body);
  for (const element of body.querySelectorAll("*")) keepAttributes(element);
  return { html: body.innerHTML, pictures };
}

/** Pictures are files of somewhere else: they are left out, and that is said. */
function withoutPictures(body) {
  const found = [...body.querySelectorAll("img:not([data-name]), picture, svg, video, iframe")];
  for (const element of found) element.remove();
  return found.filter((element) => element.localName === "img" && !/^(1|0)$/.test(element.getAttribute("width") ?? "")).length;
}

/** Bold and italics that are a style become elements; within headings and header cells they say nothing. */
function emphasis(body) {
  for (const element of [...body.querySelectorAll("span, b, i, strong, em, a")]) {
    const weight = styleOf(element, "font-weight");
    const named = /^(b|strong)$/.test(element.localName);
    const quiet = Boolean(element.closest("h1, h2, h3, h4, h5, h6, th"));
    if (named && (quiet || /^(normal|400)$/.test(weight))) element.replaceWith(...element.childNodes);
    else if (!named && !quiet && /^(bold(er)?|[6-9]00)$/.test(weight)) wrap(element, "strong");
    else if (!/^(i|em)$/.test(element.localName) && styleOf(element, "font-style") === "italic") wrap(element, "em");
  }
}

function wrap(element, name) {
  if (!element.textContent.trim()) return;
  const made = element.ownerDocument.createElement(name);
  made.append(...element.childNodes);
  element.append(made);
}

/** Boxes within boxes that only lay out become paragraphs or go. */
function containers(body) {
  for (const element of [...body.querySelectorAll("section, div, article, main, header, footer, aside, figure, center, dl, dd, dt, figcaption")].reverse()) {
    if (element.dataset.footnote || element.dataset.callout) continue;
    if (element.querySelector(BLOCKS)) element.replaceWith(...element.childNodes);
    else rename(element, "p");
  }
}

/** The first row is the header. Joined cells come apart; a table that only lays out is its text. */
function tables(body) {
  for (const table of [...body.querySelectorAll("table")].reverse()) {
    const rows = [...table.rows];
    if (Math.max(...rows.map((row) => row.cells.length)) < 2) {
      table.replaceWith(...rows.flatMap((row) => [...row.cells].flatMap((cell) => (cell.querySelector(BLOCKS) ? [...cell.childNodes] : [paragraphOf(cell)]))));
      continue;
    }
    apart(rows);
    const made = table.ownerDocument.createElement("table");
    rows.forEach((row, at) => {
      const line = made.insertRow();
      for (const cell of row.cells) line.append(oneLine(cell, at ? "td" : "th"));
    });
    alignHeader(made);
    table.replaceWith(made);
  }
}

/** A column whose cells all stand to the right stands to the right. Centred ones are Word's habit, and figures. */
function alignHeader(table) {
  [...table.rows[0].cells].forEach((cell, column) => {
    const below = [...table.rows].slice(1).map((row) => row.cells[column]).filter((one) => one?.textContent.trim());
    if (below.length && below.every((one) => one.dataset.align === "right")) cell.dataset.align = "right";
    else delete cell.dataset.align;
  });
}

function paragraphOf(cell) {
  const made = cell.ownerDocument.createElement("p");
  made.append(...cell.childNodes);
  return made;
}

/** Each cell that spanned several stands in the first and leaves the others empty. */
function apart(rows) {
  rows.forEach((row, at) => {
    for (const cell of [...row.cells]) {
      const { colSpan, rowSpan, cellIndex } = cell;
      cell.removeAttribute("colspan");
      cell.removeAttribute("rowspan");
      for (let n = 1; n < colSpan; n += 1) cell.after(cell.ownerDocument.createElement("td"));
      for (let below = 1; below < rowSpan; below += 1) {
        for (let n = 0; n < colSpan; n += 1) rows[at + below]?.insertBefore(cell.ownerDocument.createElement("td"), rows[at + below].cells[cellIndex] ?? null);
      }
    }
  });
}

/** A cell holds one paragraph. */
function oneLine(cell, name) {
  const made = cell.ownerDocument.createElement(name);
  const paragraphs = [...cell.querySelectorAll("p, li, h1, h2, h3, h4, h5, h6")].filter((one) => one.textContent.trim());
  const first = paragraphs[0] ?? cell;
  if ([cell.getAttribute("align"), first.getAttribute("align"), styleOf(first, "text-align")].includes("right")) made.dataset.align = "right";
  const one = made.appendChild(made.ownerDocument.createElement("p"));
  if (!paragraphs.length) one.append(...cell.childNodes);
  paragraphs.forEach((paragraph, at) => one.append(...(at ? [" "] : []), ...paragraph.childNodes));
  for (const part of name === "th" ? [...one.querySelectorAll("strong, b")] : []) part.replaceWith(...part.childNodes);
  return made;
}

/** No empty paragraphs and no blanks that only lay out. */
function blanks(body) {
  for (const element of [...body.querySelectorAll("p, h1, h2, h3, h4, h5, h6, li, strong, b, em, i, span")].reverse()) {
    const says = element.textContent.replace(/[\s\u00a0\u3000]/g, "") || element.querySelector("br, img, sup[data-note], table, ul, ol");
    if (!says && !element.closest("td, th")) element.remove();
    else if (/^(p|h\d)$/.test(element.localName) && !element.textContent.trim() && !element.querySelector("img, sup[data-note]") && !element.closest("td, th")) element.remove();
  }
  const texts = body.ownerDocument.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (!node.parentElement.closest("pre")) node.data = cleaned(node.data).replace(/[ \t\r\n]+/g, " ").replace(/\u00a0+/g, (run) => (run.length > 1 ? " " : "\u00a0"));
  }
  for (const block of body.querySelectorAll("p, li, h1, h2, h3, h4, h5, h6")) indent(block);
}

/** The blanks that stand for an indent at the start of a block. */
function indent(block) {
  const texts = block.ownerDocument.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    node.data = node.data.replace(/^[\s\u00a0\u3000]+/, "");
    if (node.data) return;
  }
}

const KEPT = new Set(["href", "start", "data-note", "data-footnote", "data-align", "data-callout", "data-word", "data-name", "alt", "title", "data-pm-slice"]);

function keepAttributes(element) {
  for (const { name, value } of [...element.attributes]) {
    if (!KEPT.has(name) || (name === "title" && element.localName !== "img")) element.removeAttribute(name);
    else if (name === "href" && !/^(https?:\/\/|mailto:|tel:)/i.test(value.trim())) element.removeAttribute(name);
    else if (name === "href" && /[?&](chksm|scene)=/.test(value) && value.includes("mp.weixin.qq.com")) element.setAttribute(name, value.replace(/&(chksm|scene)=[^&#]*/g, ""));
  }
}

/** Reads clipboard text: as Markdown when it looks like it, else a paragraph a line. */
function readText(text) {
  const source = cleaned(text.replace(/\r\n?/g, "\n"));
  if (MARKDOWN.test(source)) return parse(source).doc;
  const lines = source.split("\n").map((line) => line.replace(/^[\s\u3000]+|\s+$/g, "")).filter(Boolean);
  return schema.nodes.doc.create(null, (lines.length ? lines : [""]).map((line) => schema.nodes.paragraph.create(null, line ? schema.text(line) : null)));
}

/** `tell` is told, in a sentence, what was left out. */
export const pasting = (say, tell) =>
  new Plugin({
    props: {
      transformPastedHTML(html) {
        if (html.includes("data-pm-slice")) return html;
        const { html: plain, pictures } = plainHtml(html);
        if (pictures) tell(say("picturesLeft", pictures), true);
        return plain;
      },
      clipboardTextParser: (text) => readText(text).slice(0, readText(text).content.size),
      clipboardTextSerializer: (slice) => {
        const doc = schema.nodes.doc.createAndFill(null, blocksOf(slice));
        return doc ? serialize(doc, { end: "" }) : slice.content.textBetween(0, slice.content.size, "\n");
      },
    },
  });

const blocksOf = (slice) => (slice.content.firstChild?.isInline ? schema.nodes.paragraph.create(null, slice.content) : slice.content);

/** What a pasted HTML is as Markdown: the same way, for tests. */
export function pastedMarkdown(html) {
  const body = new DOMParser().parseFromString(plainHtml(html).html, "text/html").body;
  return serialize(Reader.fromSchema(schema).parse(body));
}
