// Rows of the form: added, picked, moved and taken away without asking the server.

export function rows(form, changed) {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const deed = button.dataset.add ? add : button.dataset.pick ? pick : button.dataset.row ? rearrange : null;
    if (!deed) return;
    event.preventDefault();
    if (deed(form, button)) changed();
  });
}

const list = (form, name) => form.querySelector(`[data-list="${name}"]`);

function add(form, button) {
  const row = fresh(form, button.dataset.add);
  row.querySelector("input, textarea").focus();
  return true;
}

function fresh(form, name) {
  const row = document.getElementById(`row-${name}`).content.firstElementChild.cloneNode(true);
  row.classList.add("arrived");
  list(form, name).append(row);
  renumber(form, name);
  return row;
}

/** The chosen record becomes a row: in the place of an empty last one, else a new one. */
function pick(form, button) {
  const name = button.dataset.pick;
  const choice = form.querySelector(`#pick-${name}`);
  const record = choice.selectedOptions[0]?.dataset.record;
  if (!record) {
    choice.focus();
    return false;
  }
  const last = list(form, name).lastElementChild;
  const row = last && isEmpty(last) ? last : fresh(form, name);
  for (const [part, value] of Object.entries(JSON.parse(record))) {
    const field = row.querySelector(`[name$="-${part}"]`);
    if (field) field.value = value;
  }
  choice.value = "";
  row.querySelector("input").focus();
  return true;
}

const isEmpty = (row) => [...row.querySelectorAll("input, textarea")].every((field) => !field.value);

function rearrange(form, button) {
  const row = button.closest("[data-rows]");
  const name = row.dataset.rows;
  const { previousElementSibling: above, nextElementSibling: below } = row;
  if (button.dataset.row === "remove") {
    row.remove();
    ((below ?? above)?.querySelector('[data-row="remove"]') ?? form.querySelector(`[data-add="${name}"]`)).focus();
  } else if (button.dataset.row === "up" && above) {
    above.before(row);
    button.focus();
  } else if (button.dataset.row === "down" && below) {
    below.after(row);
    button.focus();
  } else return false;
  renumber(form, name);
  return true;
}

/** Names, ids and labels count from 0 in the order in which the rows stand. */
function renumber(form, name) {
  const all = [...list(form, name).children];
  all.forEach((row, number) => {
    const at = new RegExp(`^${name}-(\\d+|__)`);
    for (const node of [row, ...row.querySelectorAll("[id], [name], [for]")])
      for (const attribute of ["id", "name", "for"])
        if (node.hasAttribute?.(attribute)) node.setAttribute(attribute, node.getAttribute(attribute).replace(at, `${name}-${number}`));
    for (const button of row.querySelectorAll("[data-row]")) button.value = `${button.dataset.row}:${name}:${number}`;
  });
  const shown = form.querySelector(`[data-count="${name}"]`);
  if (shown) shown.textContent = all.length;
}
