import { element, renew, send } from "./asking.js";

const PAUSE_MS = 250;

/** The rack: asks for all channels a moment after a change, and puts in only what has changed. */
export function rack(form) {
  const zone = form.querySelector("#rack-zone");
  let timer, running;
  let signedOut = false;
  let chosen = zone.querySelector("[data-tab]")?.dataset.tab;
  tabs();
  show(chosen);

  zone.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-tab]");
    if (tab) show(tab.dataset.tab);
  });
  zone.addEventListener("keydown", (event) => {
    const tab = event.target.closest("[data-tab]");
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tab || !step) return;
    const all = tabs();
    const next = all[(all.indexOf(tab) + step + all.length) % all.length];
    show(next.dataset.tab);
    next.focus();
  });

  // Back from signing in elsewhere: from here on saving works again.
  addEventListener("focus", async () => {
    if (signedOut && (await renew(form))) refresh();
  });

  function tabs() {
    return [...zone.querySelectorAll("[data-tab]")];
  }

  function show(key) {
    chosen = key;
    for (const tab of tabs()) {
      tab.setAttribute("aria-selected", String(tab.dataset.tab === key));
      tab.tabIndex = tab.dataset.tab === key ? 0 : -1;
    }
    for (const panel of zone.querySelectorAll("[data-channel]")) panel.classList.toggle("shown", panel.dataset.channel === key);
  }

  async function refresh() {
    running?.abort();
    const mine = (running = new AbortController());
    const stand = zone.querySelector("[data-rack]");
    stand.setAttribute("aria-busy", "true");
    try {
      const answer = await send(form, form.dataset.preview, text(form), { signal: mine.signal });
      signedOut = answer.status === 401;
      if (signedOut) return say(form.dataset.signedOut);
      if (!answer.ok) return say(element(await answer.text())?.textContent ?? form.dataset.away);
      replace(stand, element(await answer.text()));
      say("");
    } catch (error) {
      if (error.name !== "AbortError") say(form.dataset.away);
    } finally {
      if (running === mine) stand.removeAttribute("aria-busy");
    }
  }

  function say(words) {
    const news = zone.querySelector(".rack-news");
    if (news.textContent !== words) news.textContent = words;
  }

  function replace(stand, fresh) {
    const focused = document.activeElement?.dataset?.tab;
    stand.querySelector(".tabs").replaceWith(fresh.querySelector(".tabs"));
    for (const panel of fresh.querySelectorAll("[data-channel]")) settle(stand.querySelector(`#${CSS.escape(panel.id)}`), panel);
    stand.removeAttribute("data-empty");
    for (const hint of stand.querySelectorAll(".rack-hint")) hint.remove();
    show(chosen);
    if (focused) tabs().find((tab) => tab.dataset.tab === focused)?.focus();
    const blocked = tabs().filter((tab) => Number(tab.dataset.blocking) > 0).length;
    const badge = document.getElementById("rack-count");
    badge.hidden = blocked === 0;
    badge.textContent = blocked;
  }

  return {
    now: refresh,
    soon() {
      clearTimeout(timer);
      timer = setTimeout(refresh, PAUSE_MS);
    },
  };
}

/** The form without its files: a preview needs the pictures already taken in, not those being chosen. */
function text(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  return data;
}

/** Bring one channel's panel up to date. The same artefact stays as it stands; a new one loads out of sight, is scrolled
 *  to where the old one was, and then takes its place: no flash, no lost position. */
function settle(panel, fresh) {
  const notes = fresh.querySelector(".preview-notes");
  const old = panel.querySelector(".preview-notes");
  if (!old) panel.append(notes);
  else if (old.innerHTML !== notes.innerHTML) old.replaceChildren(...notes.childNodes);
  const same = panel.dataset.artefact === fresh.dataset.artefact && panel.dataset.artefact !== "";
  panel.dataset.artefact = fresh.dataset.artefact;
  if (same) return;
  const phone = panel.querySelector(".phone");
  const coming = fresh.querySelector(".phone iframe");
  for (const late of phone.querySelectorAll(".coming")) late.remove();
  if (!coming) {
    phone.replaceChildren(...fresh.querySelector(".phone").childNodes);
    return;
  }
  const frame = document.importNode(coming, true);
  frame.classList.add("coming");
  frame.addEventListener("load", () => take(phone, frame), { once: true });
  phone.append(frame);
}

function take(phone, frame) {
  if (!frame.isConnected) return;
  const before = phone.querySelector("iframe:not(.coming)");
  try {
    frame.contentWindow.scrollTo(0, before?.contentWindow?.scrollY ?? 0);
  } catch {
    // A page that may not be looked into starts at its top.
  }
  for (const other of [...phone.children]) if (other !== frame) other.remove();
  frame.classList.remove("coming");
}
