import { ask } from "./asking.js";

/**
 * A button that hands the page's pictures (`data-file` links) to the system's share sheet: to the album, or straight into
 * the platform's app. Shown only where the browser can share files.
 */
export function shareButton() {
  const button = document.querySelector("[data-share]");
  const probe = new File([new Uint8Array(1)], "a.png", { type: "image/png" });
  if (!button || !navigator.canShare?.({ files: [probe] })) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.setAttribute("aria-busy", "true");
    try {
      const links = [...document.querySelectorAll("a[data-file]")];
      const files = await Promise.all(links.map(fetched));
      await navigator.share({ files, title: button.dataset.share });
    } catch (error) {
      // Closing the sheet is no failure; anything else leaves the links to save one by one.
      if (error.name !== "AbortError") button.hidden = true;
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}

async function fetched(link) {
  const answer = await ask(link.href);
  const data = await answer.blob();
  return new File([data], link.dataset.file, { type: data.type });
}
