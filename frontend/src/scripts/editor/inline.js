// Inline content to Markdown. Each text is read back: what would not mean the same is written with more care.
import { markdown } from "./markdown.js";
import { inlineContent } from "./parse.js";
import { schema } from "./schema.js";

const { marks } = schema;
// Nothing is seen of these; they come along from other programs. A joiner between two symbols of an emoji stays.
const JUNK = /[\u00ad\u200b\u200c\u2060\ufeff\u202a-\u202e]|(?<!\p{Extended_Pictographic}\ufe0f?)\u200d|\u200d(?!\p{Extended_Pictographic})/gu;
const PUNCTUATION = /[!-/:-@[-`{-~]/g;
const ENTITY = /&(?=#x?[0-9a-f]{1,7};|[a-z][a-z0-9]{1,31};)/gi;
const ORDER = [marks.link, marks.strong, marks.em, marks.strike, marks.code];
const STYLES = [
  { strong: "**", em: "*" },
  { strong: "**", em: "_" },
  { strong: "__", em: "*" },
];

/** The text without what nobody sees. */
export const cleaned = (text) => text.replace(JUNK, "");

/** The content of a block as one Markdown text. `where` is paragraph, heading or cell. */
export function inline(node, where) {
  const runs = tidy(runsOf(node, where));
  const plain = runs.every((run) => !run.marks.some((mark) => ["strong", "em", "strike"].includes(mark.type.name)));
  for (const careful of [false, true]) {
    for (const guarded of plain ? [false] : [false, true]) {
      for (const style of plain ? STYLES.slice(0, 1) : STYLES) {
        const text = finish(write(runs, { style, careful, guarded }), where);
        if (same(runs, text, where)) return text;
      }
    }
  }
  // Emphasis that can't be written in any way gives way to its text.
  const sober = merged(runs.map((run) => ({ ...run, marks: run.marks.filter((mark) => !bound(mark)) })));
  return finish(write(sober, { style: STYLES[0], careful: true }), where);
}

/** Text, breaks, pictures and marks of notes, each with its marks. */
function runsOf(node, where) {
  const runs = [];
  node.forEach((child) => {
    if (child.isText) runs.push({ text: cleaned(child.text).replace(/[\n\t\r]+/g, " "), marks: child.marks });
    else if (child.type.name === "hard_break" && (where === "cell" || (where === "heading" && node.attrs.level > 2))) runs.push({ text: " ", marks: child.marks });
    else runs.push({ node: child, marks: child.marks.filter((mark) => mark.type !== marks.code) });
  });
  return runs;
}

const isBreak = (run) => run?.node?.type.name === "hard_break";
const bound = (mark) => mark.type === marks.strong || mark.type === marks.em || mark.type === marks.strike;

/** Without blanks at the ends of lines, and without marks on the blanks at their own ends. */
function tidy(runs) {
  const made = [];
  for (const run of runs) {
    if (run.node) made.push(run);
    else if (run.marks.some((mark) => mark.type === marks.code)) made.push(run);
    else for (const [text] of run.text.matchAll(/\s+|\S+/g)) made.push({ text, marks: run.marks });
  }
  return merged(withoutLooseBlanks(unmarkEdges(withoutLooseBlanks(made))));
}

const isBlank = (run) => run && !run.node && !run.text.trim() && !run.marks.some((mark) => mark.type === marks.code);

function withoutLooseBlanks(runs) {
  const kept = runs.filter((run) => run.node || run.text);
  while (isBlank(kept[0]) || isBreak(kept[0])) kept.shift();
  while (isBlank(kept.at(-1)) || isBreak(kept.at(-1))) kept.pop();
  return kept.filter((run, at) => !(isBlank(run) && (isBreak(kept[at - 1]) || isBreak(kept[at + 1]))));
}

/** Bold on the blank at either end of what is bold would be no bold at all. */
function unmarkEdges(runs) {
  const made = runs.map((run) => ({ ...run }));
  const edge = (at, step) => {
    const run = made[at];
    if (!isBlank(run) && !isBreak(run)) return false;
    const kept = run.marks.filter((mark) => !bound(mark) || mark.isInSet(made[at - step]?.marks ?? []));
    const changed = kept.length !== run.marks.length;
    run.marks = kept;
    return changed;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let at = 0; at < made.length; at += 1) changed = edge(at, 1) || changed;
    for (let at = made.length - 1; at >= 0; at -= 1) changed = edge(at, -1) || changed;
  }
  return made;
}

const equal = (a, b) => a.length === b.length && a.every((mark) => mark.isInSet(b));

function merged(runs) {
  const made = [];
  for (const run of runs) {
    const before = made.at(-1);
    if (before && !before.node && !run.node && equal(before.marks, run.marks)) before.text += run.text;
    else made.push({ ...run });
  }
  return made;
}

/** Whether the Markdown, read again, says the same. */
function same(runs, text, where) {
  const env = { anyNote: true };
  const tokens = where === "paragraph" ? markdown.parse(text, env) : markdown.parseInline(text, env);
  const at = where === "paragraph" ? 1 : 0;
  if (tokens.length !== (where === "paragraph" ? 3 : 1) || tokens[at].type !== "inline") return runs.length === 0;
  if (where === "paragraph" && tokens[0].type !== "paragraph_open") return false;
  const again = merged(withoutLooseBlanks(inlineContent(tokens[at].children).map((node) => (node.isText ? { text: node.text, marks: node.marks } : { node, marks: node.marks }))));
  return again.length === runs.length && again.every((run, n) => sameRun(run, runs[n]));
}

const sameRun = (a, b) =>
  equal(a.marks, b.marks) && (a.node ? Boolean(b.node) && a.node.type === b.node.type && sameAttrs(a.node.attrs, b.node.attrs) : a.text === b.text);
const sameAttrs = (a, b) => Object.keys(a).every((name) => written(a[name]) === written(b[name]));
const written = (value) => cleaned(String(value)).replace(/\s+/g, " ").trim();

/** Pieces of output: `{ delimiter }`, `{ text }` that may still be guarded, `{ fixed }`. */
function write(runs, how) {
  const out = [];
  nest(runs, [], how, out);
  if (how.guarded) guard(out);
  return out.map((piece) => piece.delimiter ?? piece.fixed ?? piece.text).join("");
}

function nest(runs, open, how, out) {
  for (let at = 0; at < runs.length; ) {
    const mark = widest(runs, at, open);
    if (!mark) {
      out.push(...leaf(runs[at], how));
      at += 1;
      continue;
    }
    const end = extent(runs, at, mark);
    enclose(mark, runs.slice(at, end), [...open, mark], how, out);
    at = end;
  }
}

function extent(runs, at, mark) {
  let end = at;
  while (end < runs.length && mark.isInSet(runs[end].marks)) end += 1;
  if (mark.type === marks.link) return end;
  // A link isn't torn apart by what begins or ends within it.
  const link = (run) => run?.marks.find((other) => other.type === marks.link);
  const torn = link(runs[end - 1]);
  if (torn && end < runs.length && torn.isInSet(runs[end].marks)) {
    let start = end - 1;
    while (start > at && torn.isInSet(runs[start - 1].marks)) start -= 1;
    return start > at ? start : end;
  }
  return end;
}

function widest(runs, at, open) {
  const candidates = runs[at].marks.filter((mark) => !mark.isInSet(open) && mark.type !== marks.code);
  candidates.sort((a, b) => extent(runs, at, b) - extent(runs, at, a) || ORDER.indexOf(a.type) - ORDER.indexOf(b.type));
  const link = candidates.find((mark) => mark.type === marks.link);
  const torn = link && candidates[0] !== link && extent(runs, at, candidates[0]) < extent(runs, at, link);
  return torn ? link : candidates[0];
}

function enclose(mark, runs, open, how, out) {
  if (mark.type === marks.link) return enclosedLink(mark, runs, open, how, out);
  const delimiter = mark.type === marks.strike ? "~~" : how.style[mark.type.name];
  out.push({ delimiter, opens: true });
  nest(runs, open, how, out);
  out.push({ delimiter, opens: false });
}

function enclosedLink(mark, runs, open, how, out) {
  const { href, title } = mark.attrs;
  const bare = runs.length === 1 && !runs[0].node && runs[0].text === href && !title;
  if (bare && /^[a-z][a-z0-9+.-]{1,31}:[^\s<>]*$/i.test(href) && runs[0].marks.length === open.length) {
    out.push({ fixed: `<${href}>` });
    return;
  }
  out.push({ fixed: "[" });
  nest(runs, open, { ...how, inLink: true }, out);
  out.push({ fixed: `](${destination(href, title)}${titled(title)})` });
}

function leaf(run, how) {
  if (!run.node) {
    if (run.marks.some((mark) => mark.type === marks.code)) return [{ fixed: code(run.text) }];
    return [{ text: escape(run.text, how) }];
  }
  const { attrs, type } = run.node;
  if (type.name === "image") return [{ fixed: `![${escape(written(attrs.alt), { ...how, inLink: true })}](${destination(attrs.src, attrs.title)}${titled(attrs.title)})` }];
  if (type.name === "footnote_reference") return [{ fixed: `[^${attrs.label}]` }];
  return [{ fixed: "\\\n" }];
}

function code(text) {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length);
  let length = 1;
  while (runs.includes(length)) length += 1;
  const fence = "`".repeat(length);
  const padded = /^`|`$|^ .*\S.* $/.test(text) ? ` ${text} ` : text;
  return `${fence}${padded}${fence}`;
}

function escape(text, { careful, inLink }) {
  if (careful) return text.replace(PUNCTUATION, "\\$&").replace(/\\&/g, "&amp;");
  return text
    .replace(/\\(?=[!-/:-@[-`{-~]|$)/g, "\\\\")
    // The year of a document number stays as it was typed, for it is looked for, and put right, in this text.
    .replace(inLink ? /[`*[]/g : /[`*]|\[(?!\d{1,4}\](?:[^([:]|$))/g, "\\$&")
    .replace(/~(?=~)|(?<=~)~/g, "\\~")
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
    .replace(inLink ? /\]/g : /(?!)/g, "\\]")
    .replace(/<(?=[a-z])/gi, "\\<")
    .replace(ENTITY, "&amp;");
}

function destination(address, title) {
  if (!address && !title) return "";
  const text = address.replace(/[\n\r]+/g, " ").replace(ENTITY, "&amp;");
  if (text && !/[\s<>()\\\u0000-\u001f\u007f]/.test(text)) return text;
  return `<${text.replace(/[<>\\]/g, "\\$&")}>`;
}

const titled = (title) => (title ? ` "${written(title).replace(/["\\]/g, "\\$&").replace(ENTITY, "&amp;")}"` : "");

/** Where letters stand too close to a mark for it to count, the letter is written as its number: it reads the same. */
function guard(out) {
  out.forEach((piece, at) => {
    if (piece.delimiter === undefined) return;
    if (piece.opens && out[at - 1]?.text) out[at - 1].text = out[at - 1].text.replace(/[^\s\\]$/u, numbered);
    if (!piece.opens && out[at + 1]?.text) out[at + 1].text = out[at + 1].text.replace(/^[^\s\\]/u, numbered);
  });
}

const numbered = (character, at, whole) => (character === ";" && /&#\d+;$/.test(whole) ? character : `&#${character.codePointAt(0)};`);

/** Line starts that would begin something else than a paragraph are escaped. */
function finish(text, where) {
  if (where === "cell") return text;
  if (where === "heading") return text.replace(/(^|\s)(#+)$/, (_all, before, signs) => `${before}${signs.replace(/#/g, "\\#")}`);
  return text
    .split("\n")
    .map((line) =>
      line
        .replace(/^(?=>|#{1,6}(?:\s|$)|[-+](?:\s|$)|(?:=+|-+)\s*$|-(?:\s*-){2,}\s*$|~{3,})/, "\\")
        .replace(/^(\d{1,9})(?=[.)](?:\s|$))/, "$1\\"),
    )
    .join("\n");
}
