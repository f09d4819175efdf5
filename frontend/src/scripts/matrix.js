import { ask, element } from "./asking.js";

/** Areas open where they stand; without scripts the same links lead to a page of the area. */
export function matrix(tree) {
  tree.addEventListener("click", (event) => {
    const row = event.target.closest("a[data-branch]");
    if (!row || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    toggle(row);
  });
  tree.addEventListener("keydown", (event) => {
    const row = event.target.closest("a[data-branch]");
    if (!row) return;
    const open = row.getAttribute("aria-expanded") === "true";
    if (event.key === "ArrowRight" && !open) toggle(row);
    else if (event.key === "ArrowLeft" && open) toggle(row);
    else if (event.key === "ArrowLeft") above(row)?.focus();
    else return;
    event.preventDefault();
  });
  prepare(tree);
}

function prepare(root) {
  for (const row of root.querySelectorAll("a[data-branch]")) row.setAttribute("aria-expanded", "false");
}

function above(row) {
  return row.closest(".branch-inside")?.parentElement.querySelector("a[data-branch]");
}

async function toggle(row) {
  const item = row.parentElement;
  const inside = item.querySelector(":scope > .branch-inside");
  if (inside) {
    inside.hidden = !inside.hidden;
    row.setAttribute("aria-expanded", String(!inside.hidden));
    return;
  }
  if (row.getAttribute("aria-busy") === "true") return;
  row.setAttribute("aria-busy", "true");
  try {
    const answer = await ask(row.dataset.branch);
    if (!answer.ok) throw new Error(answer.status);
    const fresh = element(await answer.text());
    prepare(fresh);
    item.append(fresh);
    row.setAttribute("aria-expanded", "true");
  } catch {
    // The link itself still leads there, and says what is the matter.
    location.assign(row.href);
  } finally {
    row.removeAttribute("aria-busy");
  }
}

/** A button whose answer may take seconds says that it was pressed. */
export function busyForms() {
  for (const form of document.querySelectorAll("form[data-busy]")) {
    form.addEventListener("submit", () => form.querySelector("button").setAttribute("aria-busy", "true"));
  }
}
