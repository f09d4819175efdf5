// Puts the editor over the form's text area, and the switch between the two.
import { dropCursor } from "prosemirror-dropcursor";
import { gapCursor } from "prosemirror-gapcursor";
import { history } from "prosemirror-history";
import { EditorState, Plugin } from "prosemirror-state";
import { Decoration, DecorationSet, EditorView } from "prosemirror-view";
import { grip } from "./grip.js";
import { jump } from "./jumping.js";
import { keys } from "./keys.js";
import { numbering } from "./notes.js";
import { parse } from "./parse.js";
import { pastedMarkdown, pasting } from "./pasting.js";
import { comingPictures, droppedPictures, pictureView, takePictures } from "./pictures.js";
import { Sync } from "./sync.js";
import { tablePlugins } from "./tables.js";
import { toolbar } from "./toolbar.js";

const REMEMBERED = "yigao.editor";

export function mount(root) {
  const area = document.getElementById("body");
  const { form } = area;
  const news = root.querySelector(".editor-news");
  const files = root.querySelector(".editor-files");
  const say = (name, value = "") => root.dataset[name].replace(/\{\w+\}/, () => value);
  const tell = (sentence, seen = false) => {
    news.textContent = sentence;
    news.classList.toggle("visually-hidden", !seen);
  };
  const take = (chosen, at) => takePictures(view, form, chosen, at, say, tell);
  const sync = new Sync(area);
  let bar;

  const plugins = [
    openLink(() => bar.openLink()),
    ...keys({ "Alt-F10": () => (bar.focus(), true) }),
    ...tablePlugins(),
    history(),
    dropCursor({ class: "editor-drop", color: false, width: 2 }),
    gapCursor(),
    numbering(say),
    placeholder(say("placeholder")),
    comingPictures(),
    droppedPictures(take),
    pasting(say, tell),
    grip(root),
  ];
  const view = new EditorView(root.querySelector(".editor-page"), {
    state: EditorState.create({ doc: sync.read(), plugins }),
    attributes: { role: "textbox", "aria-multiline": "true", "aria-labelledby": "body-label", "aria-describedby": "editor-keys", spellcheck: "false", class: "editor-text", translate: "no" },
    nodeViews: { image: pictureView(form, say) },
    dispatchTransaction(tr) {
      view.updateState(view.state.apply(tr));
      if (tr.docChanged && !tr.getMeta("read")) sync.changed();
      bar?.update();
    },
  });
  bar = toolbar(root, view, { say, choosePicture: () => files.click() });
  sync.follow(view);

  /** The document again from the text area; only what differs is put anew, so that the caret stays. */
  function reread() {
    const doc = sync.read();
    const start = view.state.doc.content.findDiffStart(doc.content);
    if (start === null) return;
    let { a, b } = view.state.doc.content.findDiffEnd(doc.content);
    const overlap = start - Math.min(a, b);
    if (overlap > 0) [a, b] = [a + overlap, b + overlap];
    view.dispatch(view.state.tr.replace(start, a, doc.slice(start, b)).setMeta("read", true));
    sync.origin.doc = view.state.doc.eq(doc) ? view.state.doc : sync.origin.doc;
  }

  area.addEventListener("input", () => !sync.own && visual() && reread());
  area.addEventListener("change", () => !sync.own && visual() && reread());
  area.addEventListener("select-line", (event) => {
    if (!visual()) return;
    event.preventDefault();
    sync.flush();
    jump(view, area.value, event.detail.line);
  });
  area.addEventListener("insert-markdown", (event) => {
    if (!visual()) return;
    event.preventDefault();
    const { doc } = parse(event.detail.text);
    const { $to } = view.state.selection;
    const at = $to.depth ? $to.after(1) : $to.pos;
    view.dispatch(view.state.tr.insert(at, doc.content).scrollIntoView());
    view.focus();
  });
  files.addEventListener("input", (event) => event.stopPropagation());
  files.addEventListener("change", () => {
    take([...files.files], view.state.selection.to);
    files.value = "";
  });
  document.querySelector("#body-label").addEventListener("click", (event) => {
    if (!visual() || event.target.closest("button")) return;
    event.preventDefault();
    view.focus();
  });

  const switches = [...document.querySelectorAll("[data-editor-mode]")];
  const visual = () => root.dataset.mode === "visual";
  function show(mode) {
    if (root.dataset.mode === mode) return;
    if (mode === "visual" && root.dataset.mode) reread();
    else sync.flush();
    root.dataset.mode = mode;
    root.hidden = mode !== "visual";
    area.classList.toggle("behind", mode === "visual");
    area.tabIndex = mode === "visual" ? -1 : 0;
    if (mode === "visual") area.setAttribute("aria-hidden", "true");
    else area.removeAttribute("aria-hidden");
    form.classList.toggle("writes-visually", mode === "visual");
    for (const button of switches) button.setAttribute("aria-pressed", String(button.dataset.editorMode === mode));
    bar.update();
  }
  for (const button of switches) {
    button.addEventListener("click", () => {
      show(button.dataset.editorMode);
      remember(button.dataset.editorMode);
      (visual() ? view : area).focus();
    });
  }
  show(remembered());
  root.editor = { view, flush: () => sync.flush(), pastedMarkdown };
}

/** Ctrl+K is a link here, and nothing else anywhere. */
const openLink = (open) =>
  new Plugin({
    props: {
      handleKeyDown(_view, event) {
        if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return false;
        event.stopPropagation();
        open();
        return true;
      },
    },
  });

const placeholder = (text) =>
  new Plugin({
    props: {
      decorations({ doc }) {
        const only = doc.childCount === 1 && doc.firstChild.type.name === "paragraph" && !doc.firstChild.content.size;
        return only ? DecorationSet.create(doc, [Decoration.node(0, doc.firstChild.nodeSize, { class: "editor-empty", "data-placeholder": text })]) : null;
      },
    },
  });

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) === "source" ? "source" : "visual";
  } catch {
    return "visual";
  }
}

function remember(mode) {
  try {
    localStorage.setItem(REMEMBERED, mode);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}
