import { ask } from "./asking.js";

/** The media library beside the upload: opened, it shows the newest pictures; searched, those that fit; one is put in. */
export function library(form, put) {
  const fold = form.querySelector("[data-library]");
  if (!fold) return;
  const list = fold.querySelector(".library-found");
  const field = fold.querySelector("input[type=search]");
  let timer;

  async function show() {
    const address = new URL(fold.dataset.library, location.href);
    address.searchParams.set("q", field.value);
    try {
      const answer = await ask(address);
      if (!answer.ok) throw new TypeError(String(answer.status));
      const { pictures } = await answer.json();
      list.replaceChildren(...pictures.map(entry));
      say(pictures.length ? "" : fold.dataset.none);
    } catch {
      say(form.dataset.away);
    }
  }

  function say(sentence) {
    const said = fold.querySelector(".library-said");
    said.textContent = sentence;
    said.hidden = !sentence;
  }

  function entry(picture) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "library-picture";
    const image = Object.assign(document.createElement("img"), { src: picture.image, alt: "", loading: "lazy" });
    const words = Object.assign(document.createElement("span"), { textContent: picture.alt || picture.name });
    button.append(image, words);
    button.addEventListener("click", () => {
      const name = named(form, picture);
      put({ ...picture, name, markdown: `![${picture.alt.replace(/[[\]\\]/g, "\\$&")}](${name})` });
      fold.open = false;
    });
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  fold.addEventListener("toggle", () => fold.open && show());
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 200);
  });
  // Enter would press the form's first button and save.
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) event.preventDefault();
  });
}

/** The picture's name, or with the first digits of its hash when another picture of the text has it. */
function named(form, picture) {
  for (const row of form.querySelectorAll("[data-image-row]")) {
    const [name, sha256] = [...row.querySelectorAll("input")].map((field) => field.value);
    if (name === picture.name && sha256 !== picture.sha256) {
      const dot = name.lastIndexOf(".");
      return `${name.slice(0, dot)}-${picture.sha256.slice(0, 6)}${name.slice(dot)}`;
    }
  }
  return picture.name;
}
