import { send } from "./asking.js";
import { library } from "./library.js";
import { fixes } from "./fixing.js";
import { keeping } from "./keeping.js";
import { ownWords } from "./own.js";
import { pickers } from "./picking.js";
import { rack } from "./rack.js";
import { rows } from "./rows.js";

/** The compose page: a form that previews itself, counts, grows and remembers that it isn't saved. */
export function compose(form) {
  const preview = rack(form);
  const keeper = keeping(form);
  rows(form, changed);
  pickers(form, changed);
  fixes(form);
  ownWords(form, form.querySelector("#rack-zone"), changed);
  growAll(form);
  count(form);
  uploads(form);
  library(form, (picture) => {
    remember(form, picture);
    insert(form.querySelector("#body"), picture.markdown);
    changed();
  });
  twoZones(form);
  jumps(form, preview);

  let saved = false;
  keeper.onLeave(() => (saved = true));

  function changed() {
    keeper.touched();
    preview.soon();
  }

  form.addEventListener("input", (event) => {
    if (event.target.type === "file" || event.target.matches("#image-alt, #library-q, .pick select, [role=combobox], [type=radio]")) return;
    changed();
    grow(event.target);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-one-line]") && !event.isComposing) event.preventDefault();
  });
  form.addEventListener("picture-taken", (event) => remember(form, event.detail));
  form.addEventListener("submit", () => (saved = true));
  addEventListener("pageshow", () => (saved = false));
  addEventListener("beforeunload", (event) => {
    if (keeper.open && !saved) event.preventDefault();
  });
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    form.requestSubmit(form.querySelector('button[name="do"][value="save"]'));
  });
  if (form.querySelector("#title").value || form.querySelector("#body").value) preview.now();

  function uploads() {
    const button = form.querySelector('button[value="image"]');
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      button.setAttribute("aria-busy", "true");
      await upload(form);
      button.removeAttribute("aria-busy");
      changed();
    });
  }
}

async function upload(form) {
  const trouble = form.querySelector(".upload-trouble");
  trouble.hidden = true;
  try {
    const answer = await send(form, form.dataset.image, new FormData(form));
    if (answer.status === 401) throw new Error(form.dataset.signedOut);
    const said = await answer.json().catch(() => ({ message: form.dataset.away }));
    if (!answer.ok) throw new Error(said.message);
    insert(form.querySelector("#body"), said.markdown);
    remember(form, said);
    form.querySelector("#image").value = "";
    form.querySelector("#image-alt").value = "";
  } catch (error) {
    trouble.textContent = error instanceof TypeError ? form.dataset.away : error.message;
    trouble.hidden = false;
  }
}

/** Put the text where the caret is, as a paragraph of its own, so that undo still works. */
function insert(area, text) {
  if (!area.dispatchEvent(new CustomEvent("insert-markdown", { cancelable: true, detail: { text } }))) return;
  const before = area.value.slice(0, area.selectionStart);
  const lead = before === "" || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  area.focus();
  const whole = `${lead}${text}\n\n`;
  if (!document.execCommand("insertText", false, whole)) area.setRangeText(whole, area.selectionStart, area.selectionEnd, "end");
}

function remember(form, { name, sha256 }) {
  const list = form.querySelector("#images");
  const number = list.querySelectorAll("[data-image-row]").length;
  const label = document.createElement("span");
  label.className = "image-name";
  label.dataset.imageRow = "";
  for (const [part, value] of [["name", name], ["sha256", sha256]]) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: `images-${number}-${part}`, value });
    label.append(field);
  }
  label.append(name);
  list.append(label);
}

function grow(area) {
  if (!area.matches?.("[data-grow]") || CSS.supports("field-sizing", "content")) return;
  const top = document.scrollingElement.scrollTop;
  area.style.blockSize = "auto";
  area.style.blockSize = `${area.scrollHeight + 2}px`;
  document.scrollingElement.scrollTop = top;
}

function growAll(form) {
  for (const area of form.querySelectorAll("[data-grow]")) grow(area);
}

/** How long each text is, in characters as a reader counts them. */
function count(form) {
  const segments = new Intl.Segmenter(document.documentElement.lang, { granularity: "grapheme" });
  for (const field of form.querySelectorAll("[data-counter]")) {
    const shown = document.createElement("span");
    shown.className = "counted";
    shown.setAttribute("aria-hidden", "true");
    form.querySelector(`label[for="${field.id}"]`).append(shown);
    const show = () => {
      const text = field.value;
      shown.textContent = text.length > 20000 ? `≈ ${text.length}` : text ? String([...segments.segment(text)].length) : "";
    };
    field.addEventListener("input", show);
    show();
  }
}

/** On a narrow screen the desk and the rack are two tabs. */
function twoZones(form) {
  const tabs = [...document.querySelectorAll(".switch [role=tab]")];
  const show = (tab) => {
    for (const other of tabs) {
      other.setAttribute("aria-selected", String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
    }
    form.dataset.show = tab.id.replace("show-", "");
  };
  for (const tab of tabs) {
    tab.addEventListener("click", () => show(tab));
    tab.addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      const next = tabs[(tabs.indexOf(tab) + 1) % tabs.length];
      show(next);
      next.focus();
    });
  }
  show(tabs[0]);
  form.addEventListener("show-desk", () => show(tabs[0]));
  form.addEventListener("show-rack", () => show(tabs[1]));
}

/** A finding's link goes to its field: opens what is folded, and in the body selects the line. */
function jumps(form, preview) {
  form.addEventListener("click", (event) => {
    const link = event.target.closest("a.jump");
    if (!link) return;
    event.preventDefault();
    const own = document.getElementById(link.hash.slice(1))?.closest("#rack-zone [data-channel]");
    form.dispatchEvent(new Event(own ? "show-rack" : "show-desk"));
    if (own) preview.show(own.dataset.channel);
    go(form, link.hash.slice(1), Number(link.dataset.place.split(":")[1]));
  });
}

function go(form, id, line) {
  let target = document.getElementById(id);
  for (let rest = id; !target && rest.includes("-"); ) {
    rest = rest.slice(0, rest.lastIndexOf("-"));
    target = document.getElementById(rest);
  }
  if (!target || !form.contains(target)) target = form.querySelector("#title");
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  const field = target.matches("input, textarea, select") ? target : target.querySelector("input:not([type=hidden]), textarea, select") ?? form.querySelector("#body");
  if (field.id === "body" && !field.dispatchEvent(new CustomEvent("select-line", { cancelable: true, detail: { line: line || 1 } }))) return;
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  if (field.id === "body" && line > 0) selectLine(field, line);
}

function selectLine(area, line) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  area.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  const height = area.scrollHeight / Math.max(lines.length, 1);
  area.scrollTop = Math.max(0, (line - 4) * height);
}
