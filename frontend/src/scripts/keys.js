const SECOND_KEY_MS = 1500;
const ROWS = "[data-walk] > li, .pieces > li, .deliveries > li, .held-rows > li, main tbody > tr";

/** Single keys: where to go, the page's search, up and down a list. Off in fields, and off when the editor says so. */
export function keys() {
  const help = document.getElementById("keys");
  if (!help) return;
  dialogs();
  let leading = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.documentElement.dataset.keys === "off" || isTyping(event.target)) return;
    const led = leading && event.timeStamp - leading < SECOND_KEY_MS;
    leading = 0;
    const place = led && help.querySelector(`[data-key-to="${CSS.escape(event.key)}"]`);
    if (place) location.assign(place.href);
    else if (event.key === "g") leading = event.timeStamp;
    else if (event.key === "?") open(help);
    else if (event.key === "/") search();
    else if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else return;
    event.preventDefault();
  });
}

function isTyping(where) {
  return where.closest("input, textarea, select, [contenteditable], dialog") !== null;
}

function search() {
  const field = document.querySelector('main input[type="search"]');
  if (field) field.focus();
  else open(document.getElementById("palette"));
}

/** The first link of the next row; the list is walked without a pointer, and the focus is where the eye is. */
function walk(step) {
  const rows = [...document.querySelectorAll(ROWS)].filter((row) => row.querySelector("a[href]") && row.checkVisibility());
  if (!rows.length) return;
  const at = rows.findLastIndex((row) => row.contains(document.activeElement));
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + step));
  const link = rows[next].querySelector("a[href]");
  link.focus({ focusVisible: true });
  link.scrollIntoView({ block: "nearest" });
}

function open(dialog) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.dispatchEvent(new CustomEvent("opened"));
}

function dialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) {
      opener.closest("details")?.removeAttribute("open");
      open(document.getElementById(opener.dataset.open));
    }
    // The ground around a dialog is the dialog itself to a click.
    if (event.target.closest("[data-close]") || event.target.matches("dialog.palette, dialog.keys")) event.target.closest("dialog").close();
  });
}
