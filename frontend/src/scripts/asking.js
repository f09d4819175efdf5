/** A request of ours: the server answers a script with a status and a sentence instead of a redirect. */
export function ask(address, options = {}) {
  return fetch(address, {
    credentials: "same-origin",
    ...options,
    headers: { "X-Requested-With": "fetch", ...options.headers },
  });
}

/** The first element of a piece of HTML from our own server. */
export function element(html) {
  return new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
}
