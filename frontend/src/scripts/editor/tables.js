// Tables as Markdown has them: a header row always, no joined cells, one paragraph a cell, columns aligned as their header.
import { Plugin, TextSelection } from "prosemirror-state";
import { CellSelection, addColumnAfter, addRowAfter, cellAround, deleteColumn, deleteRow, deleteTable, isInTable, selectedRect, tableEditing } from "prosemirror-tables";
import { schema } from "./schema.js";

const { table, table_row: tableRow, table_header: header, table_cell: cell, paragraph } = schema.nodes;

/** Three columns, a header and two rows, with the caret in the first header. */
export function insertTable(state, dispatch) {
  if (isInTable(state)) return false;
  const row = (type) => tableRow.create(null, [0, 1, 2].map(() => type.createAndFill()));
  const made = table.create(null, [row(header), row(cell), row(cell)]);
  if (dispatch) {
    const { tr } = state;
    const { $from } = state.selection;
    const depth = outermost($from);
    const empty = depth && $from.parent.type === paragraph && !$from.parent.content.size;
    const at = empty ? $from.before(depth) : $from.after(depth || 1);
    if (empty) tr.replaceWith(at, $from.after(depth), made);
    else tr.insert(at, made);
    dispatch(tr.setSelection(TextSelection.near(tr.doc.resolve(at + 3))).scrollIntoView());
  }
  return true;
}

const outermost = ($pos) => Math.min($pos.depth, 1);

/** Down to the cell below; in the last row a new one. */
export function enterInTable(state, dispatch, view) {
  const $cell = isInTable(state) && cellAround(state.selection.$head);
  if (!$cell) return false;
  const rect = selectedRect(state);
  if (rect.bottom === rect.map.height && !addRowAfter(state, dispatch)) return false;
  if (!dispatch || !view) return true;
  const now = selectedRect(view.state);
  const below = now.tableStart + now.map.map[now.bottom * now.map.width + now.left];
  dispatch(view.state.tr.setSelection(TextSelection.near(view.state.doc.resolve(below + 1))).scrollIntoView());
  return true;
}

/** Below the table, where one goes on writing. */
export function leaveTable(state, dispatch) {
  if (!isInTable(state)) return false;
  const { $from } = state.selection;
  let depth = $from.depth;
  while (depth && $from.node(depth).type !== table) depth -= 1;
  if (!depth) return false;
  if (dispatch) {
    const after = $from.after(depth);
    const { tr } = state;
    if (!state.doc.resolve(after).nodeAfter?.isTextblock) tr.insert(after, paragraph.create());
    dispatch(tr.setSelection(TextSelection.near(tr.doc.resolve(after + 1))).scrollIntoView());
  }
  return true;
}

/** Turn the column to the next alignment: left, centre, right. */
export function alignColumn(state, dispatch) {
  if (!isInTable(state)) return false;
  const rect = selectedRect(state);
  const now = rect.table.nodeAt(rect.map.map[rect.left]).attrs.align;
  const next = { "": "center", left: "center", center: "right", right: "" }[now] ?? "";
  if (dispatch) {
    const { tr } = state;
    for (let column = rect.left; column < rect.right; column += 1) {
      const at = rect.tableStart + rect.map.map[column];
      tr.setNodeAttribute(at, "align", next);
    }
    dispatch(tr);
  }
  return true;
}

export const tableCommands = { rowAdd: addRowAfter, rowRemove: orWhole(deleteRow), columnAdd: addColumnAfter, columnRemove: orWhole(deleteColumn), align: alignColumn, tableRemove: deleteTable };

/** Without its only row or column there is no table. */
function orWhole(command) {
  return (state, dispatch) => command(state, dispatch) || deleteTable(state, dispatch);
}

/** Puts right what an edit or a paste made of a table. */
const asMarkdown = new Plugin({
  appendTransaction(transactions, before, state) {
    if (!transactions.some((tr) => tr.docChanged)) return null;
    const { tr } = state;
    state.doc.descendants((node, at) => {
      if (node.type === table) right(node, at, tr);
      return !node.isTextblock;
    });
    return tr.docChanged ? tr : null;
  },
});

function right(node, start, tr) {
  node.forEach((row, rowAt, index) => {
    row.forEach((one, cellAt, column) => {
      const type = index ? cell : header;
      const align = node.firstChild.maybeChild(column)?.attrs.align ?? "";
      const { attrs } = one;
      if (one.type === type && attrs.align === align && attrs.colspan === 1 && attrs.rowspan === 1) return;
      tr.setNodeMarkup(start + rowAt + cellAt + 2, type, { ...attrs, align, colspan: 1, rowspan: 1, colwidth: null });
    });
  });
}

export const tablePlugins = () => [asMarkdown, tableEditing()];
export const inTable = (state) => isInTable(state) || state.selection instanceof CellSelection;
