// Words of one channel's own: begun from the common ones, and given up again.

export function ownWords(zone, changed) {
  zone.addEventListener("click", (event) => {
    const button = event.target.closest("[data-own-start], [data-own-reset]");
    if (!button) return;
    event.preventDefault();
    const part = button.closest("[data-own-field]");
    const area = part.querySelector("textarea");
    area.value = "ownStart" in button.dataset ? area.placeholder : "";
    mark(part);
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
    changed();
  });
  zone.addEventListener("input", (event) => {
    const part = event.target.closest("[data-own-field]");
    if (part) mark(part);
  });
}

function mark(part) {
  const written = part.querySelector("textarea").value.trim() !== "";
  part.classList.toggle("overridden", written);
  part.querySelector("[data-own-start]").hidden = written;
  part.querySelector("[data-own-reset]").hidden = !written;
}

/** The derived words and the counts as the server has them; what is typed stays untouched. */
export function settleOwn(panel, fresh) {
  for (const part of fresh.querySelectorAll("[data-own-field]")) {
    const present = panel.querySelector(`[data-own-field="${part.dataset.ownField}"]`);
    if (!present) continue;
    present.querySelector("textarea").placeholder = part.querySelector("textarea").placeholder;
    replaceIfOther(present.querySelector(".own-facts"), part.querySelector(".own-facts"));
  }
  const count = panel.querySelector("[data-own-count]");
  if (count) replaceIfOther(count, fresh.querySelector("[data-own-count]"));
}

export function replaceIfOther(present, fresh) {
  if (present.innerHTML !== fresh.innerHTML) present.replaceChildren(...fresh.cloneNode(true).childNodes);
}
