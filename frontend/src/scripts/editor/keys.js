// What the keys do, and what typing makes of `## `, `- `, `> ` or `**bold**`.
import { baseKeymap, chainCommands, createParagraphNear, exitCode, joinBackward, lift, setBlockType, splitBlock, toggleMark, wrapIn } from "prosemirror-commands";
import { redo, undo } from "prosemirror-history";
import { InputRule, inputRules, textblockTypeInputRule, wrappingInputRule } from "prosemirror-inputrules";
import { keymap } from "prosemirror-keymap";
import { liftListItem, sinkListItem, splitListItem, wrapInList } from "prosemirror-schema-list";
import { NodeSelection, Selection } from "prosemirror-state";
import { goToNextCell } from "prosemirror-tables";
import { leaveFootnote, removeEmptyFootnote } from "./notes.js";
import { schema } from "./schema.js";
import { enterInTable, inTable, leaveTable } from "./tables.js";

const { nodes, marks } = schema;

const within = (state, type) => {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth; depth -= 1) if ($from.node(depth).type === type) return true;
  return false;
};

/** Wrap what is chosen, or take it out of such a block again. */
export const toggleWrap = (type, attrs) => (state, dispatch) =>
  inTable(state) ? false : within(state, type) ? liftOut(type)(state, dispatch) : wrapIn(type, attrs)(state, dispatch);

/** Out of the nearest block of this type. */
export const liftOut = (type) => (state, dispatch) => {
  const { $from, $to } = state.selection;
  const range = $from.blockRange($to, (node) => node.type === type);
  if (!range) return false;
  dispatch?.(state.tr.lift(range, range.depth - 1).scrollIntoView());
  return true;
};

export const toggleList = (type) => (state, dispatch) => {
  if (inTable(state)) return false;
  const other = type === nodes.bullet_list ? nodes.ordered_list : nodes.bullet_list;
  if (within(state, type)) return liftListItem(nodes.list_item)(state, dispatch);
  if (within(state, other)) return retype(other, type)(state, dispatch);
  return wrapInList(type)(state, dispatch);
};

const retype = (from, to) => (state, dispatch) => {
  const { $from } = state.selection;
  let { depth } = $from;
  while (depth && $from.node(depth).type !== from) depth -= 1;
  if (!depth) return false;
  dispatch?.(state.tr.setNodeMarkup($from.before(depth), to, { tight: $from.node(depth).attrs.tight }));
  return true;
};

/** A heading's level, or 0 for a paragraph. */
export const setLevel = (level) => (level ? setBlockType(nodes.heading, { level }) : setBlockType(nodes.paragraph));

const hardBreak = (state, dispatch) => {
  const { parent } = state.selection.$from;
  if (parent.type !== nodes.paragraph || inTable(state)) return false;
  dispatch?.(state.tr.replaceSelectionWith(nodes.hard_break.create()).scrollIntoView());
  return true;
};

/** A quotation, a callout or a list ends with an empty paragraph. */
const leaveWrap = (state, dispatch) => {
  const { $from, empty } = state.selection;
  if (!empty || $from.parent.content.size || $from.depth < 2) return false;
  return lift(state, dispatch);
};

/** Move the outermost block past its neighbour. */
export const moveBlock = (step) => (state, dispatch) => {
  const { selection } = state;
  const { $from } = selection;
  const index = $from.index(0);
  const other = state.doc.maybeChild(index + step);
  // A block that was dragged is selected as a whole.
  const whole = selection instanceof NodeSelection && !$from.depth;
  if (!($from.depth || whole) || !other) return false;
  if (dispatch) {
    const node = state.doc.child(index);
    const start = whole ? $from.pos : $from.before(1);
    const to = step < 0 ? start - other.nodeSize : start + other.nodeSize;
    const { tr } = state;
    tr.delete(start, start + node.nodeSize).insert(to, node);
    const moved = whole ? NodeSelection.create(tr.doc, to) : Selection.near(tr.doc.resolve(to + (selection.from - start)));
    dispatch(tr.setSelection(moved).scrollIntoView());
  }
  return true;
};

export const keys = (more) => [
  keymap({
    "Mod-z": undo, "Mod-y": redo, "Mod-Shift-z": redo,
    "Mod-b": toggleMark(marks.strong), "Mod-i": toggleMark(marks.em), "Mod-e": toggleMark(marks.code),
    "Mod-Alt-0": setLevel(0), "Mod-Alt-2": setLevel(2), "Mod-Alt-3": setLevel(3), "Mod-Alt-4": setLevel(4),
    "Mod-Shift-7": toggleList(nodes.ordered_list), "Mod-Shift-8": toggleList(nodes.bullet_list), "Mod-Shift-9": toggleWrap(nodes.blockquote),
    Enter: chainCommands(enterInTable, splitListItem(nodes.list_item), leaveWrap),
    "Shift-Enter": chainCommands(exitCode, hardBreak),
    "Mod-Enter": chainCommands(leaveTable, exitCode, createParagraphNear, splitBlock),
    Tab: chainCommands(goToNextCell(1), sinkListItem(nodes.list_item)),
    "Shift-Tab": chainCommands(goToNextCell(-1), liftListItem(nodes.list_item)),
    Escape: chainCommands(leaveTable, leaveFootnote),
    Backspace: chainCommands(removeEmptyFootnote, backToText, joinBackward),
    "Alt-ArrowUp": moveBlock(-1), "Alt-ArrowDown": moveBlock(1),
    ...more,
  }),
  typing(),
  keymap(baseKeymap),
];

/** At the start of a heading the first step back makes it a paragraph. */
function backToText(state, dispatch) {
  const { $from, empty } = state.selection;
  if (!empty || $from.parentOffset || $from.parent.type !== nodes.heading) return false;
  return setBlockType(nodes.paragraph)(state, dispatch);
}

function typing() {
  return inputRules({
    rules: [
      textblockTypeInputRule(/^(#{1,6})\s$/, nodes.heading, (found) => ({ level: Math.min(4, Math.max(2, found[1].length)) })),
      wrappingInputRule(/^\s*([-+*])\s$/, nodes.bullet_list),
      wrappingInputRule(/^(\d{1,9})[.)]\s$/, nodes.ordered_list, (found) => ({ order: Number(found[1]) }), (found, node) => node.childCount + node.attrs.order === Number(found[1])),
      wrappingInputRule(/^\s*>\s$/, nodes.blockquote),
      textblockTypeInputRule(/^```$/, nodes.code_block),
      marked(/(?:^|[^*])(\*\*([^*\s](?:[^*]*[^*\s])?)\*\*)$/, marks.strong),
      marked(/(?:^|[^*])(\*([^*\s](?:[^*]*[^*\s])?)\*)$/, marks.em),
      marked(/(?:^|[^`])(`([^`]+)`)$/, marks.code),
      new InputRule(/^---$/, (state, _found, start) => {
        const $start = state.doc.resolve(start);
        if ($start.depth !== 1) return null;
        return state.tr.replaceWith($start.before(), $start.after(), [nodes.horizontal_rule.create(), nodes.paragraph.create()]);
      }),
    ],
  });
}

/** Marks typed around a text become what they mean. */
function marked(pattern, mark) {
  return new InputRule(pattern, (state, [whole, all, text], start, end) => {
    if (!state.doc.resolve(start).parent.type.allowsMarkType(mark)) return null;
    const from = start + whole.length - all.length;
    const opening = all.indexOf(text);
    const { tr } = state;
    tr.delete(from + opening + text.length, end).delete(from, from + opening);
    tr.addMark(from, from + text.length, mark.create()).removeStoredMark(mark);
    return tr;
  });
}
