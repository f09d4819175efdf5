/** A request of ours: the server answers a script with a status and a sentence instead of a redirect. */
export function ask(address, options = {}) {
  return fetch(address, {
    credentials: "same-origin",
    ...options,
    headers: { "X-Requested-With": "fetch", ...options.headers },
  });
}

/**
 * Send a form's data. A form that was open before its editor signed in again carries an old token: it is given a new one
 * and sent once more.
 */
export async function send(form, address, data, options = {}) {
  const answer = await ask(address, { method: "POST", body: data, ...options });
  if (answer.status !== 400 || !(await renew(form))) return answer;
  data.set("csrf_token", form.elements.csrf_token.value);
  return ask(address, { method: "POST", body: data, ...options });
}

/** Give every form of the page the session's token; false when nobody is signed in. */
export async function renew(form) {
  const answer = await ask(form.dataset.token);
  if (!answer.ok) return false;
  const { token } = await answer.json();
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token;
  return true;
}

/** The first element of a piece of HTML from our own server. */
export function element(html) {
  return new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
}
