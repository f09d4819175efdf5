// Markdown to the editor's document, with the source of every outermost block, so that what nobody touched stays as written.
import { isWide, markdown } from "./markdown.js";
import { schema } from "./schema.js";

const { nodes, marks } = schema;
const MARKS = { strong: marks.strong, em: marks.em, s: marks.strike, link: marks.link };
const WRAPPERS = {
  blockquote: () => [nodes.blockquote],
  callout: ({ meta }) => [nodes.callout, { kind: meta.kind, word: meta.word }],
  list_item: () => [nodes.list_item],
  footnote_definition: ({ meta }) => [nodes.footnote, { label: meta.label }],
  tr: () => [nodes.table_row],
  table: () => [nodes.table],
};

/** The inline content of a token's children, as nodes. */
export function inlineContent(children) {
  const made = [];
  let active = [];
  children.forEach((child, at) => {
    const [kind, , edge] = /^(.*?)(_(open|close))?$/.exec(child.type).slice(1);
    if (edge && MARKS[kind]) {
      const mark = MARKS[kind].create(kind === "link" ? { href: child.attrGet("href") ?? "", title: child.attrGet("title") ?? "" } : null);
      // Emphasis within emphasis closes one of them only, so they are a stack, not a set.
      if (edge === "open") active = [...active, mark];
      else active = active.toSpliced(active.findLastIndex((other) => other.type === mark.type), 1);
    } else {
      const set = active.reduce((all, mark) => mark.addToSet(all), []);
      made.push(...leaf(child, set, children, at));
    }
  });
  return made;
}

function leaf(child, set, children, at) {
  const text = (content, more) => (content ? [schema.text(content, more ? more.addToSet(set) : set)] : []);
  switch (child.type) {
    case "code_inline":
      return text(child.content, marks.code.create());
    case "softbreak":
      return text(isWide(last(children, at)) && isWide(first(children, at)) ? "" : " ");
    case "hardbreak":
      return [nodes.hard_break.create(null, null, set)];
    case "image":
      return [nodes.image.create({ src: child.attrGet("src") ?? "", alt: said(child.children), title: child.attrGet("title") ?? "" }, null, set)];
    case "footnote_reference":
      return [nodes.footnote_reference.create({ label: child.meta.label }, null, set)];
    default:
      return text(child.content);
  }
}

const said = (children) =>
  (children ?? []).map((child) => (child.type === "image" ? said(child.children) : /break$/.test(child.type) ? " " : child.content)).join("");

function last(children, at) {
  const content = children.slice(0, at).findLast((child) => child.content)?.content ?? "";
  return [...content.slice(-2)].at(-1) ?? "";
}

function first(children, at) {
  const content = children.slice(at + 1).find((child) => child.content)?.content ?? "";
  return content ? String.fromCodePoint(content.codePointAt(0)) : "";
}

/** The document's blocks from tokens; `lines` collects the first line of each block that holds text, in order. */
class Builder {
  constructor() {
    this.open = [{ content: [] }];
    this.lines = [];
  }

  add(node, token) {
    if (token?.map) this.lines.push(token.map[0] + 1);
    this.open.at(-1).content.push(node);
  }

  read(token) {
    const [kind, , edge] = /^(.*?)(_(open|close))?$/.exec(token.type).slice(1);
    if (edge === "open") this.open.push({ token, content: [], loose: false });
    else if (edge === "close") this.close(kind, this.open.pop());
    else if (token.type === "inline") this.open.at(-1).content.push(...inlineContent(token.children));
    else if (token.type === "hr") this.add(nodes.horizontal_rule.create(), token);
    else if (token.type === "fence" || token.type === "code_block") {
      const text = token.content.replace(/\n$/, "");
      const params = markdown.utils.unescapeAll(token.info).trim();
      this.add(nodes.code_block.create({ params }, text ? schema.text(text) : null), token);
    }
  }

  close(kind, { token, content, loose }) {
    if (kind === "paragraph") {
      if (!token.hidden) (this.open.at(-2) ?? {}).loose = true;
      this.add(nodes.paragraph.create(null, content), token);
    } else if (kind === "heading") {
      this.add(nodes.heading.create({ level: Number(token.tag[1]) }, content), token);
    } else if (kind === "th" || kind === "td") {
      const align = /text-align:(\w+)/.exec(token.attrGet("style") ?? "")?.[1] ?? "";
      const type = kind === "th" ? nodes.table_header : nodes.table_cell;
      this.lines.push(0);
      this.add(type.create({ align: align === "left" ? "left" : align }, nodes.paragraph.create(null, content)));
    } else if (kind === "thead" || kind === "tbody") {
      this.open.at(-1).content.push(...content);
    } else if (kind === "bullet_list" || kind === "ordered_list") {
      const order = Number(token.attrGet("start") ?? 1);
      const type = kind === "bullet_list" ? nodes.bullet_list : nodes.ordered_list;
      this.add(type.create(kind === "bullet_list" ? { tight: !loose } : { tight: !loose, order }, content));
    } else {
      const [type, attrs] = WRAPPERS[kind](token);
      if (kind === "tr") this.tableLine(token, content.length);
      this.add(type.create(attrs, content.length || kind === "tr" || kind === "table" ? content : nodes.paragraph.create()));
      if (!content.length && kind !== "tr" && kind !== "table") this.lines.push((token.map?.[0] ?? 0) + 1);
    }
  }

  /** The cells of a row have no line of their own. */
  tableLine(token, cells) {
    for (let at = this.lines.length - cells; at < this.lines.length; at += 1) this.lines[at] = token.map[0] + 1;
  }
}

/** The source of each outermost block: `{ text, next, gap }`, where `gap` parted it from the block `next`. */
export const sources = new WeakMap();

/** A body's document. `lines[n]` is the line, counted from 1, on which the n-th block with text begins. */
export function parse(text) {
  const source = text.replace(/\r\n?/g, "\n");
  const lines = source.split("\n");
  const builder = new Builder();
  const pieces = [];
  let done = 0;
  let depth = 0;
  for (const token of markdown.parse(source, {})) {
    if (depth === 0 && token.map) {
      left(builder, pieces, lines, done, token.map[0]);
      pieces.push({ from: token.map[0], to: token.map[1] });
      done = token.map[1];
    }
    depth += token.nesting;
    builder.read(token);
  }
  left(builder, pieces, lines, done, lines.length);
  const made = builder.open[0].content;
  remember(made, pieces, lines);
  const doc = nodes.doc.create(null, made.length ? made : [nodes.paragraph.create()]);
  return { doc, lines: made.length ? builder.lines : [1], start: leading(lines), end: trailing(lines, pieces) };
}

/** Lines that made no token (definitions of links) are kept as they are. */
function left(builder, pieces, lines, from, to) {
  const [start, end] = trimmed(lines, from, to);
  if (start >= end) return;
  builder.lines.push(start + 1);
  builder.open[0].content.push(nodes.raw.create(null, schema.text(lines.slice(start, end).join("\n"))));
  pieces.push({ from: start, to: end });
}

function trimmed(lines, from, to) {
  let [start, end] = [from, to];
  while (start < end && !lines[start].trim()) start += 1;
  while (end > start && !lines[end - 1].trim()) end -= 1;
  return [start, end];
}

function remember(made, pieces, lines) {
  const spans = pieces.map(({ from, to }) => trimmed(lines, from, to));
  made.forEach((node, at) => {
    const [start, end] = spans[at];
    const gap = at + 1 < spans.length ? `\n${lines.slice(end, spans[at + 1][0]).map((line) => `${line}\n`).join("")}` : "";
    sources.set(node, { text: lines.slice(start, end).join("\n"), next: made[at + 1], gap });
  });
}

function leading(lines) {
  const [start, end] = trimmed(lines, 0, lines.length);
  return start < end ? lines.slice(0, start).map((line) => `${line}\n`).join("") : "";
}

function trailing(lines, pieces) {
  if (!pieces.length) return undefined;
  const { from, to } = pieces.at(-1);
  const end = trimmed(lines, from, to)[1];
  return lines.slice(end).map((line) => `\n${line}`).join("");
}
