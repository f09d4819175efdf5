import { ask, element } from "./asking.js";

const AWAY_MS = 5000;

/**
 * Keep a region as the server has it. It names where to look (`data-live`) and how soon (`data-poll`, seconds; 0: nothing
 * will change any more). Only what differs is replaced, so the focus and whatever is being read stay where they are.
 */
export function live(region) {
  let timer;
  const plan = (milliseconds) => {
    clearTimeout(timer);
    if (milliseconds > 0) timer = setTimeout(look, milliseconds);
  };
  const seconds = () => Number(region.dataset.poll) * 1000;

  async function look(asked) {
    // What is being placed by hand is not taken out of the hand.
    if (document.hidden || (!asked && region.querySelector(".pending"))) return plan(seconds());
    try {
      // Nobody is doing anything: it must not keep a person signed in who has left.
      const answer = await ask(region.dataset.live, { headers: { "X-Background": "1" } });
      if (answer.status === 401) return location.reload();
      if (!answer.ok) return plan(AWAY_MS);
      merge(region, element(await answer.text()));
      plan(seconds());
    } catch {
      plan(AWAY_MS);
    }
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && seconds() > 0) plan(50);
  });
  region.addEventListener("look", look);
  plan(seconds());
}

function merge(region, fresh) {
  if (!fresh) return;
  region.dataset.poll = fresh.dataset.poll;
  const keyed = (root) => new Map([...root.querySelectorAll("[data-key]")].map((row) => [row.dataset.key, row]));
  const [old, young] = [keyed(region), keyed(fresh)];
  const same = old.size > 0 && [...young.keys()].join() === [...old.keys()].join();
  if (!same) {
    if (content(region) !== content(fresh) && !isBeingEdited(region)) {
      keepingFocus(region, () => {
        keepState(region, fresh);
        region.replaceChildren(...fresh.childNodes);
      });
    }
    return;
  }
  for (const [key, row] of young) {
    const present = old.get(key);
    if (content(present) === content(row)) continue;
    keepingFocus(present, () => {
      keepState(present, row);
      present.replaceChildren(...row.childNodes);
    });
    present.classList.remove("changed");
    void present.offsetWidth;
    present.classList.add("changed");
  }
}

/** What the reader has unfolded or ticked stays so in what takes its place. */
function keepState(old, young) {
  for (const open of old.querySelectorAll("details[data-keep][open]")) {
    const same = young.querySelector(`details[data-keep="${open.dataset.keep}"]`);
    if (same) same.open = true;
  }
  for (const box of old.querySelectorAll("input[type=checkbox]:checked")) {
    const same = young.querySelector(`input[name="${box.name}"][value="${box.value}"]`);
    if (same) same.checked = true;
  }
}

/** What is shown, without the tokens that differ in every answer. */
function content(node) {
  const copy = node.cloneNode(true);
  for (const field of copy.querySelectorAll("[name=csrf_token]")) field.remove();
  for (const field of copy.querySelectorAll("[name=at]")) field.removeAttribute("value");
  for (const fold of copy.querySelectorAll("details[data-keep]")) fold.open = false;
  return copy.innerHTML.replace(/\s+/g, " ").trim();
}

/** A field the editor is in is not taken away; the next look comes soon. */
function isBeingEdited(region) {
  return region.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
}

function keepingFocus(root, change) {
  const active = document.activeElement;
  const had = root.contains(active) ? [...root.querySelectorAll("a, button, input, summary")].indexOf(active) : -1;
  const where = had >= 0 ? active.getAttribute("href") : null;
  change();
  if (had < 0) return;
  const now = [...root.querySelectorAll("a, button, input, summary")];
  (now.find((link) => where && link.getAttribute("href") === where) ?? now[Math.min(had, now.length - 1)])?.focus();
}
