// A finding names a line of the Markdown: find the block it stands in and select it.
import { NodeSelection, TextSelection } from "prosemirror-state";
import { parse } from "./parse.js";

/** Every block that holds text, in order, as the parser counts them. */
function places(doc) {
  const found = [];
  doc.descendants((node, pos) => {
    if (node.isTextblock || node.type.name === "horizontal_rule") found.push({ node, pos });
    return !node.isTextblock;
  });
  return found;
}

/** Select the block on this line of the text, bring it in sight, and give it the focus. */
export function jump(view, text, line) {
  const { lines } = parse(text);
  const at = Math.max(0, lines.findLastIndex((first) => first <= line));
  const found = places(view.state.doc);
  const { node, pos } = found[Math.min(at, found.length - 1)];
  const selection = node.isTextblock ? TextSelection.create(view.state.doc, pos + 1, pos + node.nodeSize - 1) : NodeSelection.create(view.state.doc, pos);
  view.dispatch(view.state.tr.setSelection(selection));
  view.focus();
  const dom = view.nodeDOM(pos);
  const element = dom?.nodeType === Node.ELEMENT_NODE ? dom : dom?.parentElement;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element?.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  // A picture without its text is what the finding is about.
  element?.querySelector?.(".drawn[data-missing] input")?.focus({ preventScroll: true });
}
