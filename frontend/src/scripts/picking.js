import { ask } from "./asking.js";
import { fill } from "./rows.js";
import { words } from "./toasting.js";

const PAUSE_MS = 180;

/** A policy or an interpreter is found by typing: a combobox over the server's registry (ARIA 1.2 pattern). */
export function pickers(form, changed) {
  for (const combo of form.querySelectorAll("[data-combo]")) picker(form, combo, changed);
  numbers(form);
}

function picker(form, combo, changed) {
  const say = words(form);
  const field = combo.querySelector("input");
  const list = combo.querySelector("[role=listbox]");
  let timer, running, current;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const close = () => {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    point(null);
  };
  const point = (option) => {
    for (const other of options()) other.setAttribute("aria-selected", String(other === option));
    current = option;
    option ? field.setAttribute("aria-activedescendant", option.id) : field.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  };

  async function look() {
    running?.abort();
    running = new AbortController();
    try {
      const answer = await ask(`${combo.dataset.find}?q=${encodeURIComponent(field.value)}`, { signal: running.signal });
      if (!answer.ok) return close();
      const page = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html");
      list.replaceChildren(...page.querySelector("ul").children);
      list.hidden = false;
      field.setAttribute("aria-expanded", "true");
      point(null);
      form.querySelector("[data-moves]").textContent = options().length ? say("found", { count: options().length }) : say("none");
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  function choose(option) {
    const row = fill(form, combo.dataset.combo, JSON.parse(option.dataset.record));
    field.value = "";
    close();
    const chip = option.querySelector(".pick-facts");
    const standing = row.querySelector("[data-standing]");
    if (standing) standing.replaceChildren(...[...chip.children].slice(1).map((part) => part.cloneNode(true)));
    row.classList.add("arrived");
    row.querySelector("input").focus();
    changed();
  }

  field.addEventListener("input", (event) => {
    event.stopPropagation();
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  field.addEventListener("focus", () => field.value === "" && list.hidden && look());
  field.addEventListener("blur", () => setTimeout(close, 150));
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const all = options();
    const at = all.indexOf(current);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) return look();
      const step = event.key === "ArrowDown" ? 1 : -1;
      point(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length] ?? null);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (current) choose(current);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
}

/** A document number is looked at while it is typed: its form by the standard's rule, and how the document stands. */
function numbers(form) {
  const say = words(form);
  const rules = JSON.parse(form.dataset.numbers);
  const legal = rules.legal.map((rule) => new RegExp(`^(?:${rule})$`));
  const like = new RegExp(rules.like);
  let timer;

  const right = (text) => {
    const found = like.exec(text);
    return found && found[2].length === 4 ? `${found[1].replace(/第$/, "")}〔${found[2]}〕${Number(found[4])}号` : "";
  };

  async function stand(field) {
    const place = field.closest("[data-rows]")?.querySelector("[data-standing]");
    if (!place) return;
    const answer = await ask(`${form.dataset.standing}?number=${encodeURIComponent(field.value.trim())}`).catch(() => null);
    if (!answer?.ok || !field.isConnected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...page.body.childNodes);
  }

  form.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches?.("[data-number]")) return;
    const text = field.value.trim();
    const said = field.parentElement.querySelector("[data-said]");
    const fine = text === "" || (legal.some((rule) => rule.test(text)) && !text.includes("第〔"));
    said.hidden = fine;
    field.setAttribute("aria-invalid", String(!fine));
    if (!fine) offer(said, field, right(text));
    clearTimeout(timer);
    if (fine) timer = setTimeout(() => stand(field), 300);
  });

  function offer(said, field, better) {
    said.replaceChildren(say("numberWrong"));
    if (!better || better === field.value.trim()) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = say("numberRight", { text: better });
    button.addEventListener("click", () => {
      field.value = better;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
    said.append(button);
  }
}
