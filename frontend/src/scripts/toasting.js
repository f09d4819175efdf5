const PASS_MS = 8000;

/** A sentence at the bottom of the page, with a button that takes back what it tells of. */
export function toast(sentence, undoWord, undo) {
  const place = document.querySelector(".toasts");
  if (!place) return;
  const shown = document.createElement("p");
  shown.className = "toast undo";
  shown.append(sentence);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = undoWord;
    button.addEventListener("click", () => {
      shown.remove();
      undo();
    });
    shown.append(button);
  }
  place.append(shown);
  setTimeout(() => shown.remove(), PASS_MS);
}

/** The words of the page's scripts in its language, with `{name}` filled in. */
export function words(form) {
  const all = JSON.parse(form.dataset.words);
  return (name, values = {}) => all[name].replace(/\{(\w+)\}/g, (_whole, key) => values[key] ?? "");
}
