// The editor's document to Markdown. Blocks that nobody touched come out as they were written.
import { inline } from "./inline.js";
import { sources } from "./parse.js";

const written = new WeakMap();

/** The body's text. `frame` are the blank lines around it in the text it was read from. */
export function serialize(doc, frame = {}) {
  const pieces = [];
  doc.forEach((node) => {
    const known = sources.get(node);
    const text = known ? known.text : fresh(node, pieces.at(-1));
    if (text) pieces.push({ node, text, known });
  });
  if (!pieces.length) return "";
  const text = pieces.map((piece, at) => piece.text + gap(piece, pieces[at + 1])).join("");
  return `${frame.start ?? ""}${text}${frame.end ?? "\n"}`;
}

function gap(piece, following) {
  if (!following) return "";
  return piece.known?.next === following.node && following.known ? piece.known.gap : "\n\n";
}

/** A block's text; the same block is not written twice. A list right below a list takes another mark, or they would be one. */
function fresh(node, before) {
  const other = isList(node) && isList(before?.node) && markOf(before.text) === marksOf(node)[0];
  const kept = written.get(node);
  if (kept && kept.other === other) return kept.text;
  const text = block(node, other);
  written.set(node, { text, other });
  return text;
}

const isList = (node) => node?.type.name === "bullet_list" || node?.type.name === "ordered_list";
const marksOf = (node) => (node.type.name === "bullet_list" ? ["-", "*"] : [".", ")"]);
const markOf = (text) => /^(?:([-*+])|\d+([.)]))/.exec(text)?.slice(1).find(Boolean);

/** The text of one block, without a line feed at its end; empty for one that says nothing. */
function block(node, other = false) {
  switch (node.type.name) {
    case "paragraph":
      return inline(node, "paragraph");
    case "heading":
      return heading(node);
    case "code_block":
      return fence(node);
    case "raw":
      return node.textContent;
    case "horizontal_rule":
      return "---";
    case "blockquote":
      return prefixed(blocks(node), "> ");
    case "callout":
      return blocks(node) ? prefixed(`[!${node.attrs.word}]\n${blocks(node)}`, "> ") : "";
    case "footnote":
      return footnote(node);
    case "table":
      return table(node);
    default:
      return list(node, other);
  }
}

function heading(node) {
  const text = inline(node, "heading");
  if (text.includes("\n")) return `${text}\n${node.attrs.level === 1 ? "===" : "---"}`;
  return `${"#".repeat(node.attrs.level)} ${text}`.trimEnd();
}

function fence(node) {
  const { params } = node.attrs;
  const sign = params.includes("`") ? "~" : "`";
  const longest = Math.max(2, ...[...node.textContent.matchAll(sign === "~" ? /~+/g : /`+/g)].map(([run]) => run.length));
  const marks = sign.repeat(longest + 1);
  return `${marks}${params.replace(/[\\&]/g, "\\$&")}\n${node.textContent ? `${node.textContent}\n` : ""}${marks}`;
}

const prefixed = (text, prefix) => text.split("\n").map((line) => (line ? prefix + line : prefix.trimEnd())).join("\n");
const indented = (text, width) => text.split("\n").map((line, at) => (line && at ? " ".repeat(width) + line : line)).join("\n");

/** Blocks below each other. In a tight list one line feed parts them. */
function blocks(node, tight = false) {
  let made = "";
  let before = null;
  let last = "";
  node.forEach((child) => {
    const other = isList(child) && isList(before) && before.type === child.type && markOf(last) === marksOf(child)[0];
    const text = block(child, other);
    if (!text && !(child.type.name === "paragraph" && node.childCount === 1)) return;
    made += before ? (tight ? "\n" : "\n\n") + text : text;
    before = child;
    last = text;
  });
  return made;
}

// What may follow what on the very next line and still be a block of its own.
const AFTER_TEXT = new Set(["bullet_list", "code_block", "blockquote", "callout", "heading", "table"]);

function fitsTight(item) {
  for (let at = 1; at < item.childCount; at += 1) {
    const [before, after] = [item.child(at - 1).type.name, item.child(at)];
    const begins = AFTER_TEXT.has(after.type.name) || (after.type.name === "ordered_list" && after.attrs.order === 1);
    const closed = before === "heading" || before === "code_block";
    if (!(closed || (before === "paragraph" && begins))) return false;
  }
  return true;
}

function list(node, other) {
  const ordered = node.type.name === "ordered_list";
  const sign = marksOf(node)[other ? 1 : 0];
  let tight = node.attrs.tight;
  node.forEach((item) => (tight &&= fitsTight(item)));
  const items = [];
  node.forEach((item, _offset, at) => {
    const mark = ordered ? `${node.attrs.order + at}${sign} ` : `${sign} `;
    const text = item.child(0).type.name === "horizontal_rule" ? blocks(item, tight).replace(/^---/, "___") : blocks(item, tight);
    items.push((mark + indented(text, mark.length)).trimEnd());
  });
  return items.join(tight ? "\n" : "\n\n");
}

function footnote(node) {
  return `[^${node.attrs.label}]: ${indented(blocks(node), 4)}`.trimEnd();
}

function table(node) {
  const rows = [];
  node.forEach((row) => {
    const cells = [];
    row.forEach((cell) => cells.push(inline(cell.firstChild, "cell").replace(/\|/g, "\\|")));
    rows.push(`| ${cells.join(" | ")} |`);
  });
  const dashes = { left: ":---", center: ":---:", right: "---:" };
  const columns = [];
  node.firstChild.forEach((cell) => columns.push(dashes[cell.attrs.align] ?? "---"));
  return [rows[0], `| ${columns.join(" | ")} |`, ...rows.slice(1)].join("\n");
}
