// Everything here only makes faster what the forms do by themselves.
import { compose } from "./compose.js";
import { copyButtons } from "./copying.js";
import { answered } from "./keeping.js";
import { keys } from "./keys.js";
import { live } from "./live.js";
import { busyForms, matrix } from "./matrix.js";
import { areaTrees, schedule } from "./schedule.js";
import { palette } from "./palette.js";
import { review } from "./review.js";
import { shareButton } from "./sharing.js";

for (const region of document.querySelectorAll("[data-live]")) live(region);
answered();
const sheet = document.getElementById("compose");
if (sheet) compose(sheet);
const plan = document.getElementById("plan");
if (plan && document.getElementById("mover")) schedule(plan);
areaTrees();
copyButtons();
review();
shareButton();
palette();
keys();
for (const tree of document.querySelectorAll("[data-tree]")) matrix(tree);
busyForms();
publishPanel();
menus();
tickAll();
document.querySelector("[data-focus]")?.focus();

/** Touching the time means "at that time". */
function publishPanel() {
  const at = document.querySelector(".panel #at");
  at?.addEventListener("input", () => {
    document.querySelector('input[name="when"][value="at"]').checked = true;
  });
}

/** An open menu closes at Escape and at a click elsewhere. */
function menus() {
  const open = () => document.querySelectorAll("details.me[open]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
}

/** One box that ticks all of a name, and follows them. */
function tickAll() {
  const all = document.querySelector("input[data-all]");
  if (!all) return;
  const boxes = [...document.querySelectorAll(`input[name="${all.dataset.all}"]`)];
  const follow = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
  });
  for (const box of boxes) box.addEventListener("change", follow);
  follow();
}

/** The browser's own printing. */
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
