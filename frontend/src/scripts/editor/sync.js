// The text area is the form's truth: it has the Markdown soon after each edit, and at once when the form is sent or read.
import { parse } from "./parse.js";
import { serialize } from "./serialize.js";

const PAUSE = 150;

export class Sync {
  constructor(area) {
    this.area = area;
    this.own = false;
    this.dirty = false;
  }

  /** The document of what the text area holds. */
  read() {
    this.origin = { ...parse(this.area.value), text: this.area.value };
    this.dirty = false;
    return this.origin.doc;
  }

  follow(view) {
    this.view = view;
    const { form } = this.area;
    view.dom.addEventListener("blur", () => this.flush());
    this.area.addEventListener("flush", () => this.flush());
    // In time for whoever else listens to the form being sent, or reads it.
    form.addEventListener("submit", () => this.flush(), true);
    form.addEventListener("formdata", (event) => {
      this.flush();
      if (event.formData.has(this.area.name)) event.formData.set(this.area.name, this.area.value);
    });
    addEventListener("beforeunload", () => this.flush(), true);
    addEventListener("pagehide", () => this.flush(), true);
  }

  changed() {
    this.dirty = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.view.composing ? this.changed() : this.flush()), PAUSE);
  }

  /** Write the document into the text area; what was opened and not edited is never written. */
  flush() {
    clearTimeout(this.timer);
    if (!this.dirty) return;
    this.dirty = false;
    const { doc } = this.view.state;
    const text = doc.eq(this.origin.doc) ? this.origin.text : serialize(doc, this.origin);
    if (text === this.area.value) return;
    this.own = true;
    this.area.value = text;
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
    this.own = false;
  }
}
