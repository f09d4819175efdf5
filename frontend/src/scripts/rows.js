// Rows of the form: added, moved by button, pointer or keys, and taken away with a way back; without asking the server.
import { toast, words } from "./toasting.js";

export function rows(form, changed) {
  const say = words(form);
  const moves = form.querySelector("[data-moves]");

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const deed = button.dataset.add ? add : button.dataset.row ? rearrange : null;
    if (!deed) return;
    event.preventDefault();
    deed(button);
  });
  form.addEventListener("keydown", (event) => {
    const handle = event.target.closest?.("[data-handle]");
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!handle || !step) return;
    event.preventDefault();
    const row = handle.closest("[data-rows]");
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    step < 0 ? other.before(row) : other.after(row);
    handle.focus();
    settled(row);
  });
  form.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.("[data-handle]");
    if (handle && event.button === 0) drag(event, handle);
  });

  function add(button) {
    const row = fresh(form, button.dataset.add);
    row.querySelector("input, textarea").focus();
    changed();
  }

  function rearrange(button) {
    const row = button.closest("[data-rows]");
    const { previousElementSibling: above, nextElementSibling: below } = row;
    if (button.dataset.row === "remove") return remove(row);
    if (button.dataset.row === "up" && above) above.before(row);
    else if (button.dataset.row === "down" && below) below.after(row);
    else return;
    button.focus();
    settled(row);
  }

  function remove(row) {
    const name = row.dataset.rows;
    const place = list(form, name);
    const { previousElementSibling: above, nextElementSibling: below } = row;
    row.remove();
    ((below ?? above)?.querySelector('[data-row="remove"]') ?? form.querySelector(`[data-add="${name}"]`)).focus();
    renumber(form, name);
    changed();
    if (isEmpty(row)) return;
    toast(say("removed", { what: row.getAttribute("aria-label") }), say("undo"), () => {
      if (below?.isConnected) below.before(row);
      else place.append(row);
      renumber(form, name);
      changed();
      row.querySelector("input, textarea").focus();
    });
  }

  /** The row stands elsewhere now: said aloud, counted anew. */
  function settled(row) {
    const name = row.dataset.rows;
    renumber(form, name);
    const all = [...list(form, name).children];
    const what = list(form, name).dataset.moved ?? say("row");
    moves.textContent = say("moved", { what, number: all.indexOf(row) + 1, count: all.length });
    changed();
  }

  /** Follow the pointer: the row changes places with the one whose middle the pointer has passed. */
  function drag(event, handle) {
    event.preventDefault();
    const row = handle.closest("[data-rows]");
    const before = row.previousElementSibling;
    handle.setPointerCapture(event.pointerId);
    row.classList.add("dragged");
    const move = (at) => {
      const { previousElementSibling: above, nextElementSibling: below } = row;
      if (above && at.clientY < middle(above)) above.before(row);
      else if (below && at.clientY > middle(below)) below.after(row);
    };
    const end = () => {
      handle.removeEventListener("pointermove", move);
      row.classList.remove("dragged");
      if (row.previousElementSibling !== before) settled(row);
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", end, { once: true });
  }
}

const list = (form, name) => form.querySelector(`[data-list="${name}"]`);
const middle = (row) => row.getBoundingClientRect().top + row.offsetHeight / 2;

function fresh(form, name) {
  const row = document.getElementById(`row-${name}`).content.firstElementChild.cloneNode(true);
  row.classList.add("arrived");
  list(form, name).append(row);
  renumber(form, name);
  return row;
}

/** A record of a registry becomes a row: in the place of an empty last one, else a new one. */
export function fill(form, name, record) {
  const last = list(form, name).lastElementChild;
  const row = last && isEmpty(last) ? last : fresh(form, name);
  for (const [part, value] of Object.entries(record)) {
    const field = row.querySelector(`[name$="-${part}"]`);
    if (field) field.value = value;
  }
  return row;
}

const isEmpty = (row) => [...row.querySelectorAll("input, textarea")].every((field) => !field.value);

/** Names, ids and labels count from 0 in the order in which the rows stand. */
function renumber(form, name) {
  const all = [...list(form, name).children];
  form.dispatchEvent(new CustomEvent("renumbered", { detail: { name, rows: all } }));
  const kinds = ["id", "name", "for", "aria-describedby"];
  all.forEach((row, number) => {
    const at = new RegExp(`^${name}-(\\d+|__)`);
    for (const node of [row, ...row.querySelectorAll("[id], [name], [for], [aria-describedby]")])
      for (const attribute of kinds)
        if (node.hasAttribute?.(attribute)) node.setAttribute(attribute, node.getAttribute(attribute).replace(at, `${name}-${number}`));
    for (const button of row.querySelectorAll("[data-row]")) button.value = `${button.dataset.row}:${name}:${number}`;
  });
  const shown = form.querySelector(`[data-count="${name}"]`);
  if (shown) shown.textContent = all.length;
}
