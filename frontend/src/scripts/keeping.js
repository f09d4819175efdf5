import { renew, send } from "./asking.js";
import { toast, words } from "./toasting.js";

const KEEP_MS = 2000;
const HERE_MS = 15000;
// A browser's copy of a text nobody came back for goes after this long.
const OLD_MS = 30 * 24 * 3600 * 1000;

/**
 * Nothing typed is lost. Two seconds after the last key the form is kept on the server, as a working copy; where the server
 * can't be reached or the session has ended, in this browser. The answers tell who else has the text open.
 */
export function keeping(form) {
  const say = words(form);
  const unsaved = form.querySelector(".unsaved");
  const shown = form.querySelector("[data-unsaved]");
  const place = `yigao-sheet-${form.dataset.sheet}`;
  let timer, kept = true, told = "", sent = 0;

  offer();
  if (form.elements.interpretation) setInterval(here, HERE_MS);
  addEventListener("pagehide", () => {
    if (form.elements.interpretation) navigator.sendBeacon?.(form.dataset.gone, marks());
  });
  form.addEventListener("submit", () => sessionStorage.setItem("yigao-sent", place));
  addEventListener("focus", () => {
    if (!kept || localStorage.getItem(place)) keep();
  });
  addEventListener("online", () => {
    if (!kept) keep();
  });

  function touched() {
    kept = false;
    unsaved.hidden = false;
    shown.textContent = say("unsaved");
    clearTimeout(timer);
    timer = setTimeout(keep, KEEP_MS);
  }

  async function keep() {
    clearTimeout(timer);
    const mine = ++sent;
    const data = text(form);
    try {
      const answer = await send(form, form.dataset.keep, data);
      if (!answer.ok) throw new Error(String(answer.status));
      const said = await answer.json();
      if (mine !== sent) return;
      kept = true;
      localStorage.removeItem(place);
      shown.textContent = say("kept", { time: said.saved });
      news(said);
    } catch {
      keepHere(data);
    }
  }

  /** The last resort, and enough: this browser's own store. */
  function keepHere(data) {
    const at = new Date();
    try {
      localStorage.setItem(place, JSON.stringify({ at: at.getTime(), fields: [...data] }));
      kept = true;
      shown.textContent = say("keptHere", { time: clock(at) });
    } catch {
      shown.textContent = say("unsaved");
    }
    setTimeout(() => localStorage.getItem(place) && keep(), HERE_MS);
  }

  async function here() {
    if (document.hidden) return;
    const answer = await send(form, form.dataset.here, marks()).catch(() => null);
    if (answer?.ok) news(await answer.json());
  }

  function marks() {
    const data = new FormData();
    for (const name of ["csrf_token", "interpretation"]) if (form.elements[name]) data.set(name, form.elements[name].value);
    return data;
  }

  /** Who else is at the text, and whether a newer version was saved meanwhile. */
  function news({ others, version, by }) {
    const lines = [...others];
    const mine = Number(form.elements.version?.value || 0);
    if (mine && version > mine) lines.push(say("newer", { name: by || say("somebody"), version }));
    if (lines.join() === told) return;
    told = lines.join();
    const banner = form.querySelector("[data-presence]");
    banner.querySelector("div").replaceChildren(...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
    banner.hidden = lines.length === 0;
  }

  /** A copy that this browser kept is offered back: it goes to the server as the working copy, and the page opens with it. */
  function offer() {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith("yigao-sheet-") && Date.now() - (read(key)?.at ?? 0) > OLD_MS) localStorage.removeItem(key);
    }
    const copy = read(place);
    if (!copy) return;
    const notice = document.createElement("div");
    notice.className = "notice tone-amber";
    notice.setAttribute("role", "status");
    notice.dataset.waitingHere = "";
    const inner = document.createElement("div");
    inner.append(Object.assign(document.createElement("p"), { textContent: say("waitingHere", { time: clock(new Date(copy.at)) }) }));
    const deeds = Object.assign(document.createElement("p"), { className: "notice-do" });
    deeds.append(button(say("resume"), () => resume(copy)), button(say("discard"), () => discard(copy, notice)));
    inner.append(deeds);
    notice.append(inner);
    form.querySelector(".bar").after(notice);
  }

  async function resume(copy) {
    const data = new FormData();
    for (const [name, value] of copy.fields) data.append(name, value);
    data.set("csrf_token", form.elements.csrf_token.value);
    const answer = await send(form, form.dataset.keep, data).catch(() => null);
    if (!answer?.ok) return;
    localStorage.removeItem(place);
    kept = true;
    leaving();
    location.assign(form.dataset.resume);
  }

  function discard(copy, notice) {
    localStorage.removeItem(place);
    notice.remove();
    toast(say("discarded"), say("undo"), () => {
      localStorage.setItem(place, JSON.stringify(copy));
      offer();
    });
  }

  let leaving = () => {};
  return {
    touched,
    now: keep,
    renewed: () => renew(form),
    /** Whether something typed is nowhere but on this page. */
    get open() {
      return !kept;
    },
    onLeave(deed) {
      leaving = deed;
    },
  };
}

const clock = (at) => `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function button(label, deed) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: label });
  made.addEventListener("click", deed);
  return made;
}

/** The form without its files. */
export function text(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  return data;
}

/** A form that was sent has been answered by the server, which has the text then: this browser's copy goes. */
export function answered() {
  const place = sessionStorage.getItem("yigao-sent");
  if (!place) return;
  sessionStorage.removeItem("yigao-sent");
  localStorage.removeItem(place);
}
