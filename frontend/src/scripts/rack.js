import { element, renew, send } from "./asking.js";
import { text } from "./keeping.js";
import { replaceIfOther, settleOwn } from "./own.js";

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
    const view = event.target.closest("[data-view]");
    if (view) look(view.closest("[data-channel]"), view.dataset.view);
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
      const fresh = element(await answer.text());
      replace(stand, fresh.querySelector("[data-rack]"));
      found(form, fresh);
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
    show,
    now: refresh,
    soon() {
      clearTimeout(timer);
      timer = setTimeout(refresh, PAUSE_MS);
    },
  };
}

/** One of a channel's views in the phone. */
function look(panel, number) {
  panel.dataset.shown = number;
  for (const button of panel.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === number));
  for (const phone of panel.querySelectorAll("[data-phone]")) phone.classList.toggle("away", phone.dataset.phone !== number);
}

/** Bring one channel's panel up to date: its views, its own words, its findings. */
function settle(panel, fresh) {
  settleOwn(panel, fresh);
  replaceIfOther(panel.querySelector(".preview-notes"), fresh.querySelector(".preview-notes"));
  const [views, coming] = [panel.querySelector(".views"), fresh.querySelector(".views")];
  const tabs = coming.querySelector(".view-tabs");
  const present = views.querySelector(".view-tabs");
  if (tabs && !present) views.prepend(tabs);
  else if (!tabs) present?.remove();
  const phones = [...coming.querySelectorAll("[data-phone]")];
  for (const late of [...views.querySelectorAll("[data-phone]")].slice(phones.length)) late.remove();
  for (const phone of phones) settlePhone(views, phone);
  look(panel, phones.length > Number(panel.dataset.shown ?? 0) ? (panel.dataset.shown ?? "0") : "0");
}

/** The same artefact stays as it stands; a new one loads out of sight, is scrolled to where the old one was, and then
 *  takes its place: no flash, no lost position. */
function settlePhone(views, fresh) {
  const phone = views.querySelector(`[data-phone="${fresh.dataset.phone}"]`);
  if (!phone) return views.append(document.importNode(fresh, true));
  const same = phone.dataset.artefact === fresh.dataset.artefact && phone.dataset.artefact !== "";
  phone.dataset.artefact = fresh.dataset.artefact;
  if (same) return;
  const coming = fresh.querySelector("iframe");
  for (const late of phone.querySelectorAll(".coming")) late.remove();
  if (!coming) return phone.replaceChildren(...fresh.childNodes);
  const frame = document.importNode(coming, true);
  frame.classList.add("coming");
  frame.addEventListener("load", () => take(phone, frame), { once: true });
  phone.append(frame);
}

/** What is to be done, and the limits under the common words. What somebody has folded stays folded. */
function found(form, fresh) {
  const present = form.querySelector("[data-found]");
  const coming = fresh.querySelector("[data-found]");
  for (const group of present.querySelectorAll("[data-group]")) {
    const same = coming.querySelector(`[data-group="${group.dataset.group}"]`);
    if (same) same.open = group.open;
  }
  const focused = present.contains(document.activeElement);
  const at = focused ? [...present.querySelectorAll("a, button, summary")].indexOf(document.activeElement) : -1;
  present.hidden = coming.hidden;
  replaceIfOther(present, coming);
  if (at >= 0) {
    const all = [...present.querySelectorAll("a, button, summary")];
    (all[Math.min(at, all.length - 1)] ?? form.querySelector("#title")).focus({ preventScroll: true });
  }
  for (const limits of fresh.querySelectorAll("[data-limits]")) {
    const there = form.querySelector(`[data-limits="${limits.dataset.limits}"]`);
    there.hidden = limits.hidden;
    replaceIfOther(there, limits);
  }
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
