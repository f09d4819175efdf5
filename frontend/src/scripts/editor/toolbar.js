// The toolbar: one stop of the Tab key, arrows within (ARIA toolbar pattern), and small panels below it.
import { toggleMark } from "prosemirror-commands";
import { redo, undo } from "prosemirror-history";
import { TextSelection } from "prosemirror-state";
import { liftOut, setLevel, toggleList, toggleWrap } from "./keys.js";
import { insertFootnote } from "./notes.js";
import { schema } from "./schema.js";
import { inTable, insertTable, tableCommands } from "./tables.js";

const { nodes, marks } = schema;
const ADDRESS = /^(https?:\/\/[^\s/]+\S*|mailto:\S+@\S+|tel:[+\d-]+)$/i;

// In the text the words are Chinese, whatever language the console speaks.
const WORDS = { note: "提示", important: "重要", warning: "注意" };

const COMMANDS = {
  bold: toggleMark(marks.strong),
  italic: toggleMark(marks.em),
  bullets: toggleList(nodes.bullet_list),
  numbers: toggleList(nodes.ordered_list),
  quote: toggleWrap(nodes.blockquote),
  table: insertTable,
  footnote: insertFootnote,
  undo,
  redo,
  ...tableCommands,
};

export function toolbar(root, view, { say, choosePicture }) {
  const bar = root.querySelector("[role=toolbar]");
  const level = bar.querySelector("select");
  const stops = [...bar.querySelectorAll("button, select")];
  const panels = { link: root.querySelector("[data-panel=link]"), callout: root.querySelector("[data-panel=callout]") };
  let tabStop = stops[0];

  const run = (command) => {
    view.focus();
    command(view.state, view.dispatch, view);
  };
  bar.addEventListener("mousedown", (event) => event.target.closest("button") && event.preventDefault());
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    stop(button);
    const name = button.dataset.do;
    if (panels[name]) return toggle(name, button);
    close();
    if (name === "image") choosePicture();
    else run(COMMANDS[name]);
  });
  level.addEventListener("input", (event) => event.stopPropagation());
  level.addEventListener("change", () => run(setLevel(Number(level.value))));
  bar.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return void (close(), view.focus());
    const shown = stops.filter((one) => one.offsetParent);
    const at = shown.indexOf(document.activeElement);
    const to = { ArrowRight: (at + 1) % shown.length, ArrowLeft: (at - 1 + shown.length) % shown.length, Home: 0, End: shown.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    stop(shown[to]);
    shown[to].focus();
  });

  function stop(one) {
    tabStop = one;
    for (const other of stops) other.tabIndex = other === one ? 0 : -1;
  }
  stop(tabStop);

  for (const panel of Object.values(panels)) {
    panel.addEventListener("input", (event) => event.stopPropagation());
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") (close(), view.focus());
      if (event.key === "Enter" && event.target.matches("input")) {
        event.preventDefault();
        panel.querySelector("[data-set]").click();
      }
    });
  }
  function close() {
    for (const [name, panel] of Object.entries(panels)) {
      panel.hidden = true;
      bar.querySelector(`[data-do=${name}]`).setAttribute("aria-expanded", "false");
    }
  }
  function toggle(name, button) {
    const opens = panels[name].hidden;
    close();
    if (!opens) return view.focus();
    panels[name].hidden = false;
    button.setAttribute("aria-expanded", "true");
    (name === "link" ? openLink : openCallout)(panels[name]);
  }

  const address = panels.link.querySelector("input");
  const trouble = panels.link.querySelector(".trouble");
  function openLink() {
    const link = linkAt(view.state);
    address.value = link?.attrs.href ?? "";
    trouble.hidden = true;
    address.setAttribute("aria-invalid", "false");
    panels.link.querySelector("[data-unset]").hidden = !link;
    address.focus();
    address.select();
  }
  panels.link.querySelector("[data-set]").addEventListener("click", () => {
    const typed = address.value.trim();
    const href = /^[\w-]+(\.[\w-]+)+(\/\S*)?$/.test(typed) ? `https://${typed}` : typed;
    if (!ADDRESS.test(href)) {
      trouble.hidden = false;
      address.setAttribute("aria-invalid", "true");
      return address.focus();
    }
    setLink(view, href);
    close();
    view.focus();
  });
  panels.link.querySelector("[data-unset]").addEventListener("click", () => {
    setLink(view, "");
    close();
    view.focus();
  });

  function openCallout(panel) {
    const now = around(view.state, nodes.callout)?.attrs.kind;
    for (const button of panel.querySelectorAll("[data-kind]")) button.setAttribute("aria-pressed", String(button.dataset.kind === now));
    panel.querySelector("[data-unset]").hidden = !now;
    panel.querySelector("button").focus();
  }
  panels.callout.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    close();
    if (button.dataset.unset !== undefined) return run(liftOut(nodes.callout));
    run(setCallout({ kind: button.dataset.kind, word: WORDS[button.dataset.kind] }));
  });

  let table = null;
  function update() {
    const { state } = view;
    const tableNow = inTable(state);
    if (tableNow !== table) {
      table = tableNow;
      for (const group of bar.querySelectorAll("[data-where]")) group.hidden = (group.dataset.where === "table") !== tableNow;
      if (!tabStop.offsetParent) stop(stops.find((one) => one.offsetParent) ?? stops[0]);
    }
    const { parent } = state.selection.$from;
    level.value = parent.type === nodes.heading ? String(Math.min(4, Math.max(2, parent.attrs.level))) : "0";
    for (const button of bar.querySelectorAll("[data-do]")) paint(button, state);
  }
  function paint(button, state) {
    const name = button.dataset.do;
    const on = { bold: () => marked(state, marks.strong), italic: () => marked(state, marks.em), link: () => Boolean(linkAt(state)), bullets: () => Boolean(around(state, nodes.bullet_list)), numbers: () => Boolean(around(state, nodes.ordered_list)), quote: () => Boolean(around(state, nodes.blockquote)), callout: () => Boolean(around(state, nodes.callout)) }[name];
    if (on) button.setAttribute("aria-pressed", String(on()));
    const can = name === "image" || name === "link" || name === "callout" ? !state.selection.$from.parent.type.spec.code : COMMANDS[name](state);
    if (can) button.removeAttribute("aria-disabled");
    else button.setAttribute("aria-disabled", "true");
  }

  return {
    update,
    focus: () => tabStop.focus(),
    openLink: () => void toggle("link", bar.querySelector("[data-do=link]")),
    close,
  };
}

const marked = (state, mark) => {
  const { from, to, empty, $from } = state.selection;
  return empty ? Boolean(mark.isInSet(state.storedMarks ?? $from.marks())) : state.doc.rangeHasMark(from, to, mark);
};

function around(state, type) {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth; depth -= 1) if ($from.node(depth).type === type) return $from.node(depth);
  return null;
}

const setCallout = (attrs) => (state, dispatch) => {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth; depth -= 1) {
    if ($from.node(depth).type !== nodes.callout) continue;
    dispatch(state.tr.setNodeMarkup($from.before(depth), null, attrs));
    return true;
  }
  return toggleWrap(nodes.callout, attrs)(state, dispatch);
};

function linkAt({ doc, selection }) {
  const { $from, empty, from, to } = selection;
  if (empty) return marks.link.isInSet($from.marks()) ?? marks.link.isInSet($from.nodeAfter?.marks ?? []);
  let found;
  doc.nodesBetween(from, to, (node) => void (found ??= marks.link.isInSet(node.marks)));
  return found;
}

/** Link what is chosen, or the link around the caret; with nothing chosen the address becomes the text. */
function setLink(view, href) {
  const { state } = view;
  let { from, to } = state.selection;
  const link = linkAt(state);
  if (from === to && link) ({ from, to } = extent(state.selection.$from, link));
  const { tr } = state;
  if (from === to && href) {
    tr.insertText(href, from);
    to = from + href.length;
  }
  tr.removeMark(from, to, marks.link);
  if (href) tr.addMark(from, to, marks.link.create({ href }));
  view.dispatch(tr.setSelection(TextSelection.create(tr.doc, to)).removeStoredMark(marks.link));
}

function extent($pos, link) {
  let from = $pos.start();
  let at = from;
  const runs = [];
  $pos.parent.forEach((child) => {
    const linked = link.isInSet(child.marks);
    if (linked && runs.at(-1)?.to === at) runs.at(-1).to += child.nodeSize;
    else if (linked) runs.push({ from: at, to: at + child.nodeSize });
    at += child.nodeSize;
  });
  return runs.find((run) => run.from <= $pos.pos && $pos.pos <= run.to) ?? { from: $pos.pos, to: $pos.pos };
}
