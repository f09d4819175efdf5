/** The page of a version under review: one sample at a time, and a comment on what is selected. */
export function review() {
  const page = document.querySelector("[data-review]");
  if (!page) return;
  tabs(page.querySelector("[data-samples]"));
  zones(page);
  commenting(page);
}

/** Tabs over panels, by mouse and by arrows. */
function tabs(rack) {
  if (!rack) return;
  const all = [...rack.querySelectorAll('[role="tab"]')];
  const show = (tab) => {
    for (const each of all) {
      const chosen = each === tab;
      each.setAttribute("aria-selected", String(chosen));
      each.tabIndex = chosen ? 0 : -1;
      document.getElementById(each.getAttribute("aria-controls")).classList.toggle("shown", chosen);
    }
  };
  arrows(all, show);
}

/** On a narrow screen the samples are behind a tab. */
function zones(page) {
  const all = ["show-desk", "show-rack"].map((id) => document.getElementById(id)).filter(Boolean);
  if (all.length < 2) return;
  const show = (tab) => {
    for (const each of all) {
      const chosen = each === tab;
      each.setAttribute("aria-selected", String(chosen));
      each.tabIndex = chosen ? 0 : -1;
      page.classList.toggle(`shows-${each.getAttribute("aria-controls")}`, chosen);
    }
  };
  arrows(all, show);
  show(all[0]);
}

function arrows(all, show) {
  for (const tab of all) {
    tab.addEventListener("click", () => show(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = all[(all.indexOf(tab) + step + all.length) % all.length];
      show(next);
      next.focus();
    });
  }
}

/** Selecting a passage offers to comment on it; the form then has the place, the words and where they stand. */
function commenting(page) {
  const text = page.querySelector("[data-annotate]");
  const form = page.querySelector("[data-comment]");
  if (!text || !form) return;
  const say = document.createElement("button");
  say.type = "button";
  say.className = "say";
  say.textContent = form.querySelector("button").textContent.trim();
  say.hidden = true;
  document.body.append(say);
  let chosen = null;

  document.addEventListener("selectionchange", () => {
    chosen = passage(text);
    say.hidden = !chosen;
    if (!chosen) return;
    const box = getSelection().getRangeAt(0).getBoundingClientRect();
    say.style.setProperty("inset-block-start", `${box.bottom + scrollY + 8}px`);
    say.style.setProperty("inset-inline-start", `${Math.max(8, Math.min(box.left + scrollX, scrollX + innerWidth - 140))}px`);
  });
  // Before the press takes the selection away.
  say.addEventListener("pointerdown", (event) => event.preventDefault());
  say.addEventListener("click", () => {
    if (!chosen) return;
    form.elements.place.value = chosen.place;
    form.elements.quote.value = chosen.quote;
    form.elements.start.value = chosen.start;
    say.hidden = true;
    getSelection().removeAllRanges();
    form.closest("details").open = true;
    form.scrollIntoView({ block: "center" });
    form.elements.text.focus();
  });
  form.elements.quote.addEventListener("input", () => (form.elements.start.value = ""));
  form.elements.place.addEventListener("change", () => (form.elements.start.value = ""));
}

/** What is selected: the field, the words, and how many characters of the field stand before them. */
function passage(text) {
  const selection = getSelection();
  if (selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  const within = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest("[data-place]");
  const field = within(range.startContainer);
  if (!field || !text.contains(field) || within(range.endContainer) !== field) return null;
  const before = document.createRange();
  before.selectNodeContents(field);
  before.setEnd(range.startContainer, range.startOffset);
  const raw = range.toString();
  const quote = raw.trim();
  if (!quote) return null;
  // Counted as the server counts: by characters, not by UTF-16 units.
  const start = [...before.toString()].length + (raw.length - raw.trimStart().length);
  return { place: field.dataset.place, quote, start };
}
