// The visual editor of the compose page's body; without it the text area is what one writes in.
import { mount } from "./editor/mount.js";

const root = document.getElementById("editor");
if (root) mount(root);
