import { ask, element } from "./asking.js";

const PAUSE_MS = 120;

/** The command palette: Ctrl or Cmd and K, from anywhere. A combobox whose lines come from the server. */
export function palette() {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const field = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const news = dialog.querySelector("[role=status]");
  let asked = 0;
  let timer;

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
    if (event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    dialog.open ? dialog.close() : dialog.showModal();
    if (dialog.open) begin();
  });
  dialog.addEventListener("opened", begin);
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(step);
    else if (event.key === "Enter") go(list.querySelector('[aria-selected="true"]'));
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => go(event.target.closest("[role=option]")));

  function begin() {
    field.value = "";
    dialog.classList.toggle("waits", list.children.length === 0);
    field.focus();
    look();
  }

  async function look() {
    const mine = ++asked;
    try {
      const answer = await ask(`${dialog.dataset.address}?q=${encodeURIComponent(field.value.trim())}`);
      if (answer.status === 401) return location.reload();
      const fresh = answer.ok ? element(await answer.text()) : null;
      // A slow answer to an earlier question is not shown over the newer one.
      if (mine !== asked) return;
      list.replaceChildren(...(fresh ? fresh.children : []));
      news.textContent = !answer.ok ? dialog.dataset.away : list.children.length ? "" : dialog.dataset.none;
    } catch {
      news.textContent = dialog.dataset.away;
    }
    dialog.classList.remove("waits");
    [...list.children].forEach((line, number) => (line.id = `palette-${number}`));
    mark(list.firstElementChild);
  }

  function choose(step) {
    const lines = [...list.children];
    if (!lines.length) return;
    const at = lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
    mark(lines[(at + step + lines.length) % lines.length]);
  }

  function mark(line) {
    for (const other of list.children) other.setAttribute("aria-selected", String(other === line));
    if (line) field.setAttribute("aria-activedescendant", line.id);
    else field.removeAttribute("aria-activedescendant");
    line?.scrollIntoView({ block: "nearest" });
  }

  function go(line) {
    if (line) location.assign(line.dataset.href);
  }
}
