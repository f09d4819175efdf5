// A handle beside the outermost block under the pointer: drag it to move the block. By keyboard Alt and the arrows do that.
import { NodeSelection, Plugin } from "prosemirror-state";

export const grip = (root) =>
  new Plugin({
    view(view) {
      const handle = root.querySelector(".editor-grip");
      const page = handle.parentElement;
      let at = -1;
      let held = false;

      const show = (event) => {
        // A drag begins a little after the pointer went down, maybe beside another block.
        if (held) return;
        const box = view.dom.getBoundingClientRect();
        const found = view.posAtCoords({ left: box.left + box.width / 2, top: event.clientY });
        const $pos = found && view.state.doc.resolve(found.inside >= 0 ? found.inside : found.pos);
        at = $pos ? ($pos.depth ? $pos.before(1) : $pos.pos) : -1;
        const dom = at >= 0 && view.state.doc.nodeAt(at) ? view.nodeDOM(at) : null;
        handle.hidden = dom?.nodeType !== Node.ELEMENT_NODE;
        if (!handle.hidden) handle.style.insetBlockStart = `${dom.getBoundingClientRect().top - page.getBoundingClientRect().top}px`;
      };
      const hide = (event) => {
        if (!page.contains(event.relatedTarget)) handle.hidden = true;
      };
      const start = (event) => {
        const node = view.state.doc.nodeAt(at);
        if (!node) return;
        const selection = NodeSelection.create(view.state.doc, at);
        view.dispatch(view.state.tr.setSelection(selection));
        event.dataTransfer.effectAllowed = "copyMove";
        event.dataTransfer.setData("text/plain", node.textContent);
        event.dataTransfer.setDragImage(view.nodeDOM(at), 0, 0);
        view.dragging = { slice: selection.content(), move: true, node: selection };
      };
      page.addEventListener("pointermove", show);
      page.addEventListener("pointerleave", hide);
      handle.addEventListener("dragstart", start);
      handle.addEventListener("pointerdown", () => (held = true));
      for (const end of ["pointerup", "dragend"]) {
        handle.addEventListener(end, () => {
          held = false;
          view.dragging = null;
        });
      }
      return {
        update: (_view, before) => {
          if (before.doc !== view.state.doc) handle.hidden = true;
        },
        destroy: () => {
          page.removeEventListener("pointermove", show);
          page.removeEventListener("pointerleave", hide);
        },
      };
    },
  });
