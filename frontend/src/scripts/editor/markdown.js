// The parser of channels/text, once more for the browser: CommonMark with tables, strikethrough, footnotes and callouts, HTML
// off, and emphasis that knows Chinese has no spaces. tests/editor/ compares the two.
import MarkdownIt from "markdown-it";

export const CALLOUTS = {
  提示: "note", note: "note", tip: "note",
  重要: "important", important: "important",
  注意: "warning", warning: "warning", caution: "warning",
};
const MARKER = /^\[!([\p{L}\p{N}_]{2,9})\][ \t]*(?:\n|$)/u;
const WIDE = /[\u2018-\u201d\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]|[\u{20000}-\u{3ffff}]/u;
// Below this many levels the parser drops text; the same number stands in channels/text.
const DEEPEST = 90;

export const markdown = parser();

function parser() {
  const md = new MarkdownIt("commonmark", { html: false, maxNesting: DEEPEST }).enable(["table", "strikethrough"]);
  md.normalizeLink = (url) => url;
  md.validateLink = () => true;
  md.inline.ruler.at("emphasis", emphasis);
  md.inline.ruler.at("backticks", codeSpan);
  md.block.ruler.before("reference", "footnote_definition", footnoteDefinition, { alt: ["paragraph", "reference"] });
  md.inline.ruler.after("image", "footnote_reference", footnoteReference);
  md.core.ruler.after("block", "callouts", callouts);
  return md;
}

export const isWide = (character) => Boolean(character) && WIDE.test(character);

const { isMdAsciiPunct, isPunctChar, isWhiteSpace } = markdown.utils;
const isSpace = (character) => isWhiteSpace(character.codePointAt(0));
const isMark = (character) => !isWide(character) && (isMdAsciiPunct(character.codePointAt(0)) || isPunctChar(character));

function before(text, at) {
  const low = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low <= 0xdfff ? text.slice(at - 2, at) : (text[at - 1] ?? " ");
}

function after(text, at) {
  return at < text.length ? String.fromCodePoint(text.codePointAt(at)) : " ";
}

/** The rule for `*` and `_`: full-width marks and Chinese characters count as letters on their side. */
function emphasis(state, silent) {
  const marker = state.src[state.pos];
  if (silent || (marker !== "*" && marker !== "_")) return false;
  let end = state.pos;
  while (end < state.posMax && state.src[end] === marker) end += 1;
  const [open, close] = flanks(before(state.src, state.pos), after(state.src.slice(0, state.posMax), end), marker === "*");
  for (let at = state.pos; at < end; at += 1) {
    state.push("text", "", 0).content = marker;
    state.delimiters.push({
      marker: marker.charCodeAt(0), length: end - state.pos, token: state.tokens.length - 1, end: -1, open, close,
    });
  }
  state.pos = end;
  return true;
}

function flanks(left, right, insideWords) {
  const opening = !(isSpace(right) || (isMark(right) && !(isSpace(left) || isMark(left) || isWide(left))));
  const closing = !(isSpace(left) || (isMark(left) && !(isSpace(right) || isMark(right) || isWide(right))));
  return [
    opening && (insideWords || !closing || isMark(left)),
    closing && (insideWords || !opening || isMark(right)),
  ];
}

/** The parser's own rule forgets, inside a link, which backticks have a partner. */
function codeSpan(state, silent) {
  const opener = /^`+/.exec(state.src.slice(state.pos, state.posMax))?.[0];
  if (!opener) return false;
  const start = state.pos + opener.length;
  for (const found of state.src.slice(start, state.posMax).matchAll(/`+/g)) {
    if (found[0].length !== opener.length) continue;
    if (!silent) {
      const token = state.push("code_inline", "code", 0);
      token.markup = opener;
      token.content = state.src.slice(start, start + found.index).replace(/\n/g, " ").replace(/^ (.+) $/, "$1");
    }
    state.pos = start + found.index + found[0].length;
    return true;
  }
  if (!silent) state.pending += opener;
  state.pos = start;
  return true;
}

/** The label of `[^label]` at this place of the text, or nothing. */
function labelAt(text, start, end, ends) {
  if (text[start] !== "[" || text[start + 1] !== "^") return "";
  for (let at = start + 2; at < end; at += 1) {
    if (text[at] === "]") return text.slice(start + 2, at);
    if (ends.includes(text[at])) return "";
  }
  return "";
}

function footnoteDefinition(state, startLine, endLine, silent) {
  if (state.sCount[startLine] - state.blkIndent >= 4) return false;
  const start = state.bMarks[startLine] + state.tShift[startLine];
  const label = labelAt(state.src, start, state.eMarks[startLine], " ");
  const colon = start + label.length + 3;
  if (!label || state.src[colon] !== ":" || colon >= state.eMarks[startLine]) return false;
  if (silent) return true;
  state.env.notes ??= new Set();
  state.env.notes.add(label);
  const opened = state.push("footnote_definition_open", "", 1);
  opened.meta = { label };
  inside(state, startLine, endLine, colon + 1);
  opened.map = [startLine, state.line];
  state.push("footnote_definition_close", "", -1);
  return true;
}

/** Parse what a definition holds: its first line from `from` on, and what is indented by four. */
function inside(state, startLine, endLine, from) {
  const kept = [state.bMarks[startLine], state.tShift[startLine], state.sCount[startLine], state.parentType];
  const initial = state.sCount[startLine] + from - (state.bMarks[startLine] + state.tShift[startLine]);
  let offset = initial;
  let at = from;
  for (; at < state.eMarks[startLine] && " \t".includes(state.src[at]); at += 1) {
    offset += state.src[at] === "\t" ? 4 - (offset % 4) : 1;
  }
  state.tShift[startLine] = at - from;
  state.sCount[startLine] = offset - initial;
  state.bMarks[startLine] = from;
  state.blkIndent += 4;
  state.parentType = "footnote";
  if (state.sCount[startLine] < state.blkIndent) state.sCount[startLine] += state.blkIndent;
  state.md.block.tokenize(state, startLine, endLine);
  state.blkIndent -= 4;
  [state.bMarks[startLine], state.tShift[startLine], state.sCount[startLine], state.parentType] = kept;
}

function footnoteReference(state, silent) {
  const label = labelAt(state.src, state.pos, state.posMax, " \n");
  if (!label || !(state.env.anyNote || state.env.notes?.has(label))) return false;
  if (!silent) state.push("footnote_reference", "", 0).meta = { label };
  state.pos += label.length + 3;
  return true;
}

/** A quotation whose first line is `[!提示]` alone, and which says something else too, is a callout. */
function callouts(state) {
  const { tokens } = state;
  tokens.forEach((token, at) => {
    if (token.type !== "blockquote_open" || tokens[at + 1].type !== "paragraph_open") return;
    const inline = tokens[at + 2];
    const found = MARKER.exec(inline.content);
    const kind = found && CALLOUTS[found[1].toLowerCase()];
    const rest = found && inline.content.slice(found[0].length);
    if (!kind || (!rest && tokens[at + 4].type === "blockquote_close")) return;
    const end = tokens.findIndex((other, n) => n > at && other.type === "blockquote_close" && other.level === token.level);
    Object.assign(token, { type: "callout_open", meta: { kind, word: found[1] } });
    tokens[end].type = "callout_close";
    if (rest) inline.content = rest;
    else for (const dropped of tokens.slice(at + 1, at + 4)) Object.assign(dropped, { type: "dropped", children: null });
    for (const moved of [tokens[at + 1], inline]) if (moved.map) moved.map = [moved.map[0] + 1, moved.map[1]];
  });
  state.tokens = tokens.filter((token) => token.type !== "dropped");
}
