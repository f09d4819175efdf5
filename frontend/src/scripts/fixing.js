import { toast, words } from "./toasting.js";

/** A finding's correction made in the page, with a way back. */
export function fixes(form) {
  const say = words(form);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fix]");
    if (!button) return;
    event.preventDefault();
    const fix = JSON.parse(button.value.slice("fix:".length));
    if (!make(form, fix)) return toast(say("fixGone"));
    button.closest(".finding").classList.add("done");
    button.disabled = true;
    const back = () => make(form, { ...fix, old: fix.new, new: fix.old });
    toast(fix.new ? say("fixed", { text: fix.new }) : say("fixedAway", { text: fix.old }), say("undo"), back);
  });
}

/** Put the new text in the place of the old; false when the old isn't there. Places count characters, not UTF-16 units. */
function make(form, fix) {
  const [place, line] = fix.place.split(":");
  const field = form.querySelector(`[name="${CSS.escape(place.replace(/\[(\w+)\]/g, "-$1").replace(/\./g, "-"))}"]`);
  if (!field) return false;
  const start = line ? field.value.split("\n").slice(0, Number(line) - 1).reduce((sum, row) => sum + row.length + 1, 0) : 0;
  const rest = field.value.slice(start);
  const until = line && rest.includes("\n") ? rest.indexOf("\n") : rest.length;
  const text = rest.slice(0, until);
  const units = fix.at < 0 ? -1 : [...text].slice(0, fix.at).join("").length;
  const at = units >= 0 && text.startsWith(fix.old, units) ? units : fix.old ? text.indexOf(fix.old) : -1;
  if (at < 0) return false;
  field.value = field.value.slice(0, start + at) + fix.new + field.value.slice(start + at + fix.old.length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}
