// Pictures in the text: taken in through the form's own endpoint, shown, and never without a field for their alternative text.
import { NodeSelection, Plugin, PluginKey } from "prosemirror-state";
import { Decoration, DecorationSet } from "prosemirror-view";
import { send } from "../asking.js";
import { schema } from "./schema.js";

const KINDS = /^image\/(png|jpeg|gif|webp)$/;
const coming = new PluginKey("coming pictures");
const local = new Map();

/** Where a picture lies that the text names, or nothing when it isn't there. */
function address(form, name) {
  if (local.has(name)) return local.get(name);
  for (const field of form.querySelectorAll('#images input[name$="-name"]')) {
    if (field.value === name) return form.querySelector("#editor").dataset.picture.replace("__", field.nextElementSibling.value);
  }
  return "";
}

/** A picture with its field; the field stays open until there is a text. */
export function pictureView(form, say) {
  return (node, view, getPos) => {
    const dom = document.createElement("span");
    dom.className = "drawn";
    const shown = document.createElement(address(form, node.attrs.src) ? "img" : "span");
    shown.className = "drawn-shown";
    const label = document.createElement("label");
    const words = document.createElement("span");
    words.textContent = say("alt");
    const field = document.createElement("input");
    Object.assign(field, { type: "text", placeholder: say("altHint"), autocomplete: "off" });
    const missing = document.createElement("span");
    missing.className = "drawn-trouble";
    missing.textContent = say("altMissing");
    label.append(words, field);
    dom.append(shown, label, missing);

    const update = (next) => {
      if (next.type !== node.type || next.attrs.src !== node.attrs.src) return false;
      const { src, alt } = next.attrs;
      if (shown.tagName === "IMG") Object.assign(shown, { src: address(form, src), alt });
      else shown.textContent = say("noPicture", src);
      if (field.value !== alt && document.activeElement !== field) field.value = alt;
      const empty = !(document.activeElement === field ? field.value : alt).trim();
      dom.toggleAttribute("data-missing", empty);
      field.setAttribute("aria-invalid", String(empty));
      return true;
    };
    field.addEventListener("input", (event) => {
      event.stopPropagation();
      if (!event.isComposing) store();
    });
    field.addEventListener("compositionend", store);
    field.addEventListener("keydown", (event) => {
      if (event.isComposing || !["Enter", "Escape", "Tab"].includes(event.key) || (event.key === "Tab" && event.shiftKey)) return;
      event.preventDefault();
      view.dispatch(view.state.tr.setSelection(NodeSelection.create(view.state.doc, getPos())));
      view.focus();
    });
    function store() {
      view.dispatch(view.state.tr.setNodeAttribute(getPos(), "alt", field.value));
    }
    update(node);
    return { dom, update, stopEvent: (event) => label.contains(event.target), ignoreMutation: () => true, selectNode: () => dom.classList.add("chosen"), deselectNode: () => dom.classList.remove("chosen") };
  };
}

/** Marks where a picture will stand while it is being sent. */
export const comingPictures = () =>
  new Plugin({
    key: coming,
    state: {
      init: () => DecorationSet.empty,
      apply(tr, before) {
        const set = before.map(tr.mapping, tr.doc);
        const told = tr.getMeta(coming);
        if (told?.add) return set.add(tr.doc, [Decoration.widget(told.add.at, told.add.dom, { id: told.add.id })]);
        return told?.remove ? set.remove(set.find(null, null, (spec) => spec.id === told.remove)) : set;
      },
    },
    props: { decorations: (state) => coming.getState(state) },
  });

/** Send the files and put them where `at` is; what goes wrong is said. */
export async function takePictures(view, form, files, at, say, tell) {
  for (const file of files) {
    if (!KINDS.test(file.type)) {
      tell(say("notPicture", file.name), true);
      continue;
    }
    const id = {};
    const dom = document.createElement("span");
    dom.className = "drawn-coming";
    dom.textContent = say("sending", file.name);
    view.dispatch(view.state.tr.setMeta(coming, { add: { id, at, dom } }));
    try {
      const said = await upload(form, file);
      local.set(said.name, URL.createObjectURL(file));
      form.dispatchEvent(new CustomEvent("picture-taken", { detail: said }));
      at = place(view, id, said.name);
      tell(say("altAsk"));
    } catch (error) {
      view.dispatch(view.state.tr.setMeta(coming, { remove: id }));
      tell(error instanceof TypeError ? form.dataset.away : error.message, true);
    }
  }
}

async function upload(form, file) {
  const data = new FormData(form);
  data.set("image", file, file.name || "picture.png");
  data.set("image-alt", "");
  data.set("image-later", "later");
  const answer = await send(form, form.dataset.image, data);
  if (answer.status === 401) throw new Error(form.dataset.signedOut);
  const said = await answer.json().catch(() => ({ message: form.dataset.away }));
  if (!answer.ok) throw new Error(said.message);
  return said;
}

/** As a paragraph of its own, with the caret in the field for its text. */
function place(view, id, name) {
  const [found] = coming.getState(view.state).find(null, null, (spec) => spec.id === id);
  const at = found?.from ?? view.state.doc.content.size;
  const $at = view.state.doc.resolve(at);
  const image = schema.nodes.image.create({ src: name });
  const tr = view.state.tr.setMeta(coming, { remove: id });
  const paragraph = schema.nodes.paragraph.create(null, image);
  if ($at.parent.type === schema.nodes.paragraph && !$at.parent.content.size && $at.depth === 1) tr.replaceWith($at.before(), $at.after(), paragraph);
  else tr.insert($at.depth ? $at.after(1) : at, paragraph);
  view.dispatch(tr);
  const fields = [...view.dom.querySelectorAll(".drawn[data-missing] input")];
  fields.at(-1)?.focus();
  let end = at;
  view.state.doc.descendants((node, pos) => void (node.type === schema.nodes.image && node.attrs.src === name && (end = pos)));
  return end;
}

/** Pictures dropped on the text, or pasted where there is nothing but pictures. */
export const droppedPictures = (take) =>
  new Plugin({
    props: {
      handleDrop(view, event) {
        const files = [...(event.dataTransfer?.files ?? [])];
        if (!files.length) return false;
        event.preventDefault();
        take(files, view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos ?? view.state.selection.to);
        return true;
      },
      handlePaste(view, event) {
        const files = [...(event.clipboardData?.files ?? [])].filter((file) => KINDS.test(file.type));
        const html = event.clipboardData?.getData("text/html") ?? "";
        if (!files.length || html.replace(/<style[\s\S]*?<\/style>|<[^>]*>/g, "").trim()) return false;
        take(files, view.state.selection.to);
        return true;
      },
    },
  });
