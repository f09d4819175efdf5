// Footnotes: their numbers are those that a reader will see, in the order in which the text refers to them.
import { Plugin, TextSelection } from "prosemirror-state";
import { Decoration, DecorationSet } from "prosemirror-view";
import { schema } from "./schema.js";

const { footnote, footnote_reference: reference, paragraph } = schema.nodes;

/** A mark where the caret is, and below everything a note to write in, with the caret in it. */
export function insertFootnote(state, dispatch) {
  const { $from } = state.selection;
  if (!$from.parent.inlineContent || $from.parent.type.spec.code) return false;
  for (let depth = $from.depth; depth; depth -= 1) if ($from.node(depth).type === footnote) return false;
  if (dispatch) {
    const label = freeLabel(state.doc);
    const tr = state.tr.setSelection(TextSelection.create(state.doc, state.selection.to));
    tr.replaceSelectionWith(reference.create({ label }), false);
    const end = tr.doc.content.size;
    tr.insert(end, footnote.create({ label }, paragraph.create()));
    dispatch(tr.setSelection(TextSelection.create(tr.doc, end + 2)).scrollIntoView());
  }
  return true;
}

function freeLabel(doc) {
  const taken = new Set();
  doc.descendants((node) => void (node.attrs.label && taken.add(node.attrs.label)));
  let number = 1;
  while (taken.has(String(number))) number += 1;
  return String(number);
}

/** From a note back to behind its mark. */
export function leaveFootnote(state, dispatch) {
  const label = labelAround(state);
  if (!label) return false;
  let at = -1;
  state.doc.descendants((node, pos) => {
    if (at < 0 && node.type === reference && node.attrs.label === label) at = pos + 1;
  });
  if (at < 0) return false;
  dispatch?.(state.tr.setSelection(TextSelection.create(state.doc, at)).scrollIntoView());
  return true;
}

function labelAround({ selection: { $from } }) {
  for (let depth = $from.depth; depth; depth -= 1) if ($from.node(depth).type === footnote) return $from.node(depth).attrs.label;
  return "";
}

/** An empty note goes with its marks. */
export function removeEmptyFootnote(state, dispatch) {
  const { $from, empty } = state.selection;
  const note = $from.depth > 1 && $from.node(-1);
  if (!empty || note.type !== footnote || note.textContent || note.childCount > 1) return false;
  if (dispatch) {
    const { tr } = state;
    tr.delete($from.before(-1), $from.after(-1));
    const marks = [];
    tr.doc.descendants((node, pos) => void (node.type === reference && node.attrs.label === note.attrs.label && marks.unshift(pos)));
    for (const at of marks) tr.delete(at, at + 1);
    dispatch((marks.length ? tr.setSelection(TextSelection.near(tr.doc.resolve(marks.at(-1)))) : tr).scrollIntoView());
  }
  return true;
}

export const numbering = (say) =>
  new Plugin({
    state: {
      init: (_config, state) => decorate(state.doc, say),
      apply: (tr, before) => (tr.docChanged ? decorate(tr.doc, say) : before),
    },
    props: {
      decorations(state) {
        return this.getState(state);
      },
    },
  });

function decorate(doc, say) {
  const defined = new Set();
  const order = [];
  const found = [];
  doc.descendants((node, pos) => {
    if (node.type === footnote) defined.add(node.attrs.label);
    if (node.type === reference && !order.includes(node.attrs.label)) order.push(node.attrs.label);
    if (node.type === reference || node.type === footnote) found.push([node, pos]);
    return !node.isTextblock || node.childCount > 0;
  });
  const numbers = order.filter((label) => defined.has(label));
  const made = found.map(([node, pos]) => {
    const number = numbers.indexOf(node.attrs.label) + 1;
    const attrs = { "data-number": number ? String(number) : "?" };
    if (node.type === reference) Object.assign(attrs, { role: "img", "aria-label": say("note", number || "?") });
    return Decoration.node(pos, pos + node.nodeSize, attrs);
  });
  return DecorationSet.create(doc, made);
}
