// What a body may hold: exactly what channels/text understands. `raw` keeps what the editor has no node for as it was written.
import { Schema } from "prosemirror-model";
import { tableNodes } from "prosemirror-tables";

const LEVELS = [1, 2, 3, 4, 5, 6];

const blocks = {
  doc: { content: "block+" },
  paragraph: { content: "inline*", group: "block", parseDOM: [{ tag: "p" }], toDOM: () => ["p", 0] },
  heading: {
    attrs: { level: { default: 2 } },
    content: "inline*",
    group: "block",
    defining: true,
    parseDOM: LEVELS.map((level) => ({ tag: `h${level}`, attrs: { level: Math.min(4, Math.max(2, level)) } })),
    toDOM: (node) => [`h${node.attrs.level}`, 0],
  },
  blockquote: {
    content: "block+",
    group: "block",
    defining: true,
    parseDOM: [{ tag: "blockquote" }],
    toDOM: () => ["blockquote", 0],
  },
  callout: {
    attrs: { kind: { default: "note" }, word: { default: "提示" } },
    content: "block+",
    group: "block",
    defining: true,
    parseDOM: [{ tag: "div[data-callout]", getAttrs: (dom) => ({ kind: dom.dataset.callout, word: dom.dataset.word }) }],
    toDOM: ({ attrs }) => ["div", { class: `callout callout-${attrs.kind}`, role: "note", "data-callout": attrs.kind, "data-word": attrs.word }, 0],
  },
  bullet_list: {
    attrs: { tight: { default: true } },
    content: "list_item+",
    group: "block",
    parseDOM: [{ tag: "ul" }],
    toDOM: ({ attrs }) => ["ul", attrs.tight ? { "data-tight": "" } : {}, 0],
  },
  ordered_list: {
    attrs: { order: { default: 1 }, tight: { default: true } },
    content: "list_item+",
    group: "block",
    parseDOM: [{ tag: "ol", getAttrs: (dom) => ({ order: dom.start > 0 ? dom.start : 1 }) }],
    toDOM: ({ attrs }) => ["ol", { ...(attrs.order === 1 ? {} : { start: attrs.order }), ...(attrs.tight ? { "data-tight": "" } : {}) }, 0],
  },
  list_item: { content: "block+", defining: true, parseDOM: [{ tag: "li" }], toDOM: () => ["li", 0] },
  code_block: {
    attrs: { params: { default: "" } },
    content: "text*",
    group: "block",
    code: true,
    defining: true,
    marks: "",
    parseDOM: [{ tag: "pre", preserveWhitespace: "full" }],
    toDOM: () => ["pre", ["code", 0]],
  },
  raw: {
    content: "text*",
    group: "block",
    code: true,
    defining: true,
    marks: "",
    parseDOM: [{ tag: "pre[data-raw]", priority: 60, preserveWhitespace: "full" }],
    toDOM: () => ["pre", { "data-raw": "", class: "raw" }, ["code", 0]],
  },
  horizontal_rule: { group: "block", parseDOM: [{ tag: "hr" }], toDOM: () => ["hr"] },
  footnote: {
    attrs: { label: { default: "1" } },
    content: "block+",
    group: "block",
    defining: true,
    isolating: true,
    parseDOM: [{ tag: "div[data-footnote]", getAttrs: (dom) => ({ label: dom.dataset.footnote }) }],
    toDOM: ({ attrs }) => ["div", { class: "footnote", role: "doc-footnote", "data-footnote": attrs.label }, 0],
  },
};

const inlines = {
  text: { group: "inline" },
  hard_break: { inline: true, group: "inline", selectable: false, parseDOM: [{ tag: "br" }], toDOM: () => ["br"] },
  image: {
    inline: true,
    group: "inline",
    draggable: true,
    attrs: { src: { default: "" }, alt: { default: "" }, title: { default: "" } },
    parseDOM: [{ tag: "img[data-name]", getAttrs: (dom) => ({ src: dom.dataset.name, alt: dom.alt, title: dom.title }) }],
    toDOM: ({ attrs }) => ["img", { "data-name": attrs.src, alt: attrs.alt, ...(attrs.title ? { title: attrs.title } : {}) }],
  },
  footnote_reference: {
    inline: true,
    group: "inline",
    attrs: { label: { default: "1" } },
    parseDOM: [{ tag: "[data-note]", getAttrs: (dom) => ({ label: dom.dataset.note }) }],
    toDOM: ({ attrs }) => ["span", { class: "footnote-mark", "data-note": attrs.label }],
  },
};

const marks = {
  link: {
    attrs: { href: {}, title: { default: "" } },
    inclusive: false,
    parseDOM: [{ tag: "a[href]", getAttrs: (dom) => ({ href: dom.getAttribute("href"), title: dom.title }) }],
    toDOM: ({ attrs }) => ["a", { href: attrs.href, rel: "noopener", ...(attrs.title ? { title: attrs.title } : {}) }, 0],
  },
  strong: {
    parseDOM: [
      { tag: "strong" },
      { tag: "b", getAttrs: (dom) => dom.style.fontWeight !== "normal" && null },
      { style: "font-weight=400", clearMark: (mark) => mark.type.name === "strong" },
      { style: "font-weight", getAttrs: (value) => /^(bold(er)?|[6-9]\d{2})$/.test(value) && null },
    ],
    toDOM: () => ["strong", 0],
  },
  em: { parseDOM: [{ tag: "em" }, { tag: "i" }, { style: "font-style=italic" }], toDOM: () => ["em", 0] },
  strike: { parseDOM: [{ tag: "s" }, { tag: "del" }, { tag: "strike" }], toDOM: () => ["s", 0] },
  code: { code: true, parseDOM: [{ tag: "code" }], toDOM: () => ["code", 0] },
};

const align = {
  default: "",
  getFromDOM: (dom) => dom.dataset.align ?? "",
  setDOMAttr: (value, attrs) => {
    if (value) attrs["data-align"] = value;
  },
};

export const schema = new Schema({
  nodes: {
    ...blocks,
    ...tableNodes({ tableGroup: "block", cellContent: "paragraph", cellAttributes: { align } }),
    ...inlines,
  },
  marks,
});
