// The schedule by hand: a chip is dragged to another day or hour, or carried there by keys. The server's form does the
// same; here it is asked at once, and a chip that may not go comes back with the sentence why.
import { ask, element, send } from "./asking.js";

const FAR = 6;

export function schedule(plan) {
  const said = document.getElementById("drag-said");
  const form = document.getElementById("mover");
  // Whoever may only look has nothing to move.
  if (!form) return;
  pointer(plan, form, said);
  keyboard(plan, form, said);
}

/** The branches of an accounts tree are fetched as they are opened. */
export function areaTrees() {
  for (const tree of document.querySelectorAll(".area-tree[data-load]")) fill(tree, tree.dataset.load);
  document.addEventListener("toggle", (event) => {
    const branch = event.target;
    if (!(branch instanceof Element) || !branch.matches("details[data-branch]") || !branch.open) return;
    fill(branch.querySelector(".area-below"), branch.dataset.branch);
    delete branch.dataset.branch;
  }, true);
}

async function fill(place, address) {
  const answer = await ask(address);
  if (answer.ok) place.replaceChildren(element(await answer.text()));
}

const cells = (plan) => [...plan.querySelectorAll("[data-day]")];

/** Where a chip would go: the cell's day, at the cell's hour or at the chip's own clock. */
function timeAt(cell, at) {
  const clock = at.slice(11);
  return `${cell.dataset.day}T${cell.dataset.hour ? `${cell.dataset.hour.padStart(2, "0")}:${clock.slice(3)}` : clock}`;
}

function pointer(plan, form, said) {
  let held = null;
  document.addEventListener("pointerdown", (event) => {
    const slot = event.target.closest?.(".slot[data-movable], .slot[data-piece]");
    if (!slot || event.button !== 0 || event.target.closest("details, label, button")) return;
    held = { slot, x: event.clientX, y: event.clientY, ghost: null, over: null };
  });
  document.addEventListener("pointermove", (event) => {
    if (!held) return;
    if (!held.ghost) {
      if (Math.hypot(event.clientX - held.x, event.clientY - held.y) < FAR) return;
      held.ghost = ghostOf(held.slot);
    }
    event.preventDefault();
    held.ghost.style.transform = `translate(${event.clientX + 8}px, ${event.clientY + 8}px)`;
    const under = document.elementFromPoint(event.clientX, event.clientY);
    const over = held.slot.dataset.piece
      ? under?.closest("[data-day], [data-area]")
      : under?.closest("#plan [data-day]");
    if (over === held.over) return;
    held.over?.classList.remove("dropping");
    over?.classList.add("dropping");
    held.over = over;
  });
  document.addEventListener("pointerup", () => {
    const dropped = held;
    held = null;
    if (!dropped?.ghost) return;
    letGo(dropped);
    swallowClick();
    if (!dropped.over) return;
    if (dropped.slot.dataset.piece) place(dropped.slot, dropped.over);
    else move(plan, form, said, dropped.slot, timeAt(dropped.over, dropped.slot.dataset.at), dropped.over);
  });
  const stop = () => {
    if (held) letGo(held);
    held = null;
  };
  document.addEventListener("pointercancel", stop);
  document.addEventListener("keydown", (event) => event.key === "Escape" && stop());
}

function ghostOf(slot) {
  const ghost = slot.cloneNode(true);
  ghost.classList.add("ghost");
  ghost.setAttribute("aria-hidden", "true");
  ghost.style.inlineSize = `${Math.min(slot.offsetWidth, 260)}px`;
  document.body.append(ghost);
  slot.classList.add("lifted");
  document.body.classList.add("dragging");
  return ghost;
}

function letGo({ ghost, slot, over }) {
  ghost?.remove();
  slot.classList.remove("lifted");
  over?.classList.remove("dropping");
  document.body.classList.remove("dragging");
}

/** The click that ends a drag opens nothing. */
function swallowClick() {
  const stop = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", stop, true), 50);
}

/** A piece dropped on a day stands there, dashed, until it is dropped on the accounts; on the accounts its panel opens. */
function place(slot, over) {
  const address = new URL(slot.dataset.place, location.href);
  if (over.dataset.area) {
    if (slot.dataset.on) address.searchParams.set("at", slot.dataset.on);
    address.searchParams.set("area-all", over.dataset.area);
    location.assign(address);
    return;
  }
  const on = timeAt(over, `${over.dataset.day}T09:30`);
  for (const old of document.querySelectorAll(`.slot.pending[data-piece="${slot.dataset.piece}"]`)) old.remove();
  const chip = slot.cloneNode(true);
  chip.classList.add("pending");
  chip.classList.remove("lifted");
  slot.dataset.on = on;
  chip.dataset.on = on;
  address.searchParams.set("at", on);
  chip.querySelector("a").href = address;
  let list = over.querySelector(".slots");
  if (!list) {
    list = document.createElement("ul");
    list.className = "slots";
    over.append(list);
  }
  list.append(chip);
  document.querySelector(".area-tree")?.classList.add("asked");
}

/** Show it there at once, ask the server, and put it back with a sentence when it may not go. */
async function move(plan, form, said, slot, at, cell) {
  if (at === slot.dataset.at) return;
  const [home, before] = [slot.parentElement, slot.nextElementSibling];
  let list = cell.querySelector(".slots");
  if (!list) {
    list = document.createElement("ul");
    list.className = "slots";
    cell.append(list);
  }
  list.append(slot);
  slot.classList.add("moving");
  form.elements.pick.value = slot.dataset.slot;
  form.elements.at.value = at;
  let answer = null;
  try {
    answer = await send(form, form.action, new FormData(form));
  } catch {
    answer = null;
  }
  slot.classList.remove("moving");
  const told = answer && (await answer.json().catch(() => null));
  if (!answer?.ok) {
    home.insertBefore(slot, before?.parentElement === home ? before : null);
    toast(told?.said ?? plan.dataset.away ?? "");
    said.textContent = told?.said ?? "";
  } else {
    toast(told.said, told.back);
    for (const warning of told.warnings) toast(warning);
    said.textContent = [told.said, ...told.warnings].join(" ");
  }
  plan.dispatchEvent(new Event("look"));
}

function toast(sentence, back) {
  if (!sentence) return;
  const made = document.getElementById(back ? "toast-undo" : "toast-said").content.firstElementChild.cloneNode(true);
  made.querySelector("span").textContent = sentence;
  for (const [name, value] of Object.entries(back ?? {})) made.elements[name].value = value;
  const token = made.elements?.csrf_token;
  if (token) token.value = document.querySelector('#mover [name="csrf_token"]').value;
  document.querySelector(".toasts").append(made);
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function keyboard(plan, form, said) {
  let carried = null;
  const drop = (slot) => {
    carried?.cell?.classList.remove("dropping");
    slot.classList.remove("lifted");
    carried = null;
  };
  plan.addEventListener("keydown", (event) => {
    const slot = event.target.closest(".slot[data-movable]");
    if (!slot || !event.target.matches(".slot-open")) return;
    if (!carried) {
      if (event.key !== " ") return;
      event.preventDefault();
      carried = { cell: slot.closest("[data-day]") };
      slot.classList.add("lifted");
      say(said, carried.cell, slot);
      return;
    }
    if (event.key === "Escape") drop(slot);
    else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      const { cell } = carried;
      drop(slot);
      const key = slot.dataset.slot.split("~")[0];
      move(plan, form, said, slot, timeAt(cell, slot.dataset.at), cell).then(() => {
        slot.querySelector(".slot-open")?.focus();
        plan.dataset.focus = key;
      });
    } else if (STEPS[event.key]) {
      event.preventDefault();
      const next = neighbour(plan, carried.cell, STEPS[event.key]);
      if (!next) return;
      carried.cell.classList.remove("dropping");
      next.classList.add("dropping");
      next.scrollIntoView({ block: "nearest", inline: "nearest" });
      carried.cell = next;
      say(said, next, slot);
    }
  });
  plan.addEventListener("focusout", (event) => {
    if (carried && event.target.matches(".slot-open")) drop(event.target.closest(".slot"));
  });
}

/** The cell beside: in a table by column and row, in the list by day. */
function neighbour(plan, cell, [right, down]) {
  if (!(cell instanceof HTMLTableCellElement)) {
    const all = cells(plan);
    return all[all.indexOf(cell) + right + down];
  }
  const row = cell.parentElement;
  const at = cell.cellIndex;
  const days = [...row.cells].filter((other) => other.dataset.day);
  if (right) {
    const beside = days[days.indexOf(cell) + right];
    if (beside || cell.dataset.hour) return beside;
    const other = right > 0 ? row.nextElementSibling : row.previousElementSibling;
    return other && (right > 0 ? other.cells[0] : other.cells[other.cells.length - 1]);
  }
  const other = down > 0 ? row.nextElementSibling : row.previousElementSibling;
  return other?.cells[at];
}

function say(said, cell, slot) {
  said.textContent = timeAt(cell, slot.dataset.at).replace("T", " ");
}
