// Words of one channel's own: begun from the common ones, and given up again.

export function ownWords(form, zone, changed) {
  zone.addEventListener("click", (event) => {
    const button = event.target.closest("[data-own-start], [data-own-reset]");
    if (!button) return;
    event.preventDefault();
    const part = button.closest("[data-own-field]");
    for (const area of part.querySelectorAll("textarea")) {
      area.value = "ownStart" in button.dataset ? area.placeholder : "";
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    for (const box of part.querySelectorAll("[type=checkbox]")) box.checked = false;
    mark(part);
    part.querySelector("textarea").focus();
    changed();
  });
  zone.addEventListener("input", (event) => {
    const part = event.target.closest("[data-own-field]");
    if (part) mark(part);
  });
  followRows(form, zone);
}

function mark(part) {
  const out = part.querySelector("[type=checkbox]")?.checked ?? false;
  const written = out || [...part.querySelectorAll("textarea")].some((area) => area.value.trim() !== "");
  part.classList.toggle("overridden", written);
  part.classList.toggle("left-out", out);
  part.querySelector("[data-own-start]")?.toggleAttribute("hidden", written);
  part.querySelector("[data-own-reset]").hidden = !written;
}

/** The words for a key point go where its row goes; those of a row that is taken away come back with it. */
function followRows(form, zone) {
  const list = form.querySelector('[data-list="key_points"]');
  const kept = new WeakMap();
  let before = [...(list?.children ?? [])];
  form.addEventListener("renumbered", ({ detail }) => {
    if (detail.name !== "key_points") return;
    before.forEach((row, number) => {
      const cards = [...zone.querySelectorAll(`[data-own-point="${number}"]`)];
      kept.set(row, cards.map((card) => ({ card, home: card.parentElement })));
    });
    for (const row of before) if (!detail.rows.includes(row)) for (const { card } of kept.get(row)) card.remove();
    detail.rows.forEach((row, number) => {
      for (const { card, home } of kept.get(row) ?? []) {
        rename(card, number);
        home.insertBefore(card, home.querySelector('[data-own-point^="x"]'));
      }
    });
    before = detail.rows;
  });
}

function rename(card, number) {
  const was = new RegExp(`-key_points-${card.dataset.ownPoint}(?=-|$)`);
  card.dataset.ownPoint = number;
  card.dataset.ownField = card.dataset.ownField.replace(was, `-key_points-${number}`);
  for (const node of card.querySelectorAll("[id], [name], [for], [aria-describedby]"))
    for (const kind of ["id", "name", "for", "aria-describedby"])
      if (node.hasAttribute(kind)) node.setAttribute(kind, node.getAttribute(kind).replace(was, `-key_points-${number}`));
  const reset = card.querySelector("[data-own-reset]");
  reset.value = `${reset.value.slice(0, reset.value.indexOf("key_points-"))}key_points-${number}`;
}

/** The derived words and the counts as the server has them; what is typed stays untouched. */
export function settleOwn(panel, fresh) {
  const points = fresh.querySelector("[data-own-points]");
  if (points) settleCards(panel.querySelector("[data-own-points]"), points);
  for (const part of fresh.querySelectorAll("[data-own-field]")) {
    const present = field(panel, part.dataset.ownField);
    if (!present) continue;
    const areas = present.querySelectorAll("textarea");
    part.querySelectorAll("textarea").forEach((area, number) => (areas[number].placeholder = area.placeholder));
    replaceIfOther(present.querySelector(".own-facts"), part.querySelector(".own-facts"));
  }
  const count = panel.querySelector("[data-own-count]");
  if (count) replaceIfOther(count, fresh.querySelector("[data-own-count]"));
}

const field = (panel, name) => panel.querySelector(`[data-own-field="${name}"]`);

/** A card for each key point that the server knows, and no other, in its order. */
function settleCards(present, fresh) {
  const wanted = [...fresh.children];
  for (const card of [...present.querySelectorAll("[data-own-field]")])
    if (!field(fresh, card.dataset.ownField) && !card.contains(document.activeElement)) card.remove();
  for (const card of wanted) {
    if (!card.dataset.ownField) continue;
    const known = field(present, card.dataset.ownField);
    const place = known ?? document.importNode(card, true);
    if (known) replaceIfOther(known.querySelector("legend"), card.querySelector("legend"));
    else present.insertBefore(place, present.querySelector(`[data-own-field="${following(wanted, card, present)}"]`));
  }
}

/** The name of the next of the wanted cards that is there already. */
function following(wanted, card, present) {
  const after = wanted.slice(wanted.indexOf(card) + 1).find((next) => field(present, next.dataset.ownField));
  return after?.dataset.ownField ?? "";
}

export function replaceIfOther(present, fresh) {
  if (present.innerHTML !== fresh.innerHTML) present.replaceChildren(...fresh.cloneNode(true).childNodes);
}
