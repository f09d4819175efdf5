// Stands in for the package `entities`, whose tables are as big as a fifth of the editor: a browser knows them already.
const reader = document.createElement("textarea");

/** One character reference such as `&copy;`. What is none stays, also where a browser would take its beginning for one. */
export function decodeHTML(text) {
  reader.innerHTML = text;
  return reader.value.endsWith(";") && text !== "&semi;" ? text : reader.value;
}

export const decodeHTMLStrict = decodeHTML;
