// Search where only files are served: looks through the blocks beside the site, the newest first, until there is enough
// to show. A block is fetched when it is needed; most questions need one.
(async () => {
  const found = document.getElementById("found");
  if (!found?.dataset.index) return;
  const asked = new URLSearchParams(location.search);
  const form = document.querySelector("form.search");
  for (const name of ["q", "column", "since", "until"]) form.elements[name].value = asked.get(name) ?? "";
  const fold = (text) => text.normalize("NFKC").toLowerCase();
  const words = (asked.get("q") ?? "").split(/\s+/).filter(Boolean).slice(0, 8);
  if (!words.length) return;
  const needles = words.map(fold);
  const PAGE = 20;

  const element = (name, ...children) => {
    const made = document.createElement(name);
    made.append(...children);
    return made;
  };
  const marked = (text) => {
    const pattern = new RegExp(`(${words.map((w) => w.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|")})`, "i");
    return text.split(pattern).map((part, at) => (at % 2 ? element("mark", part) : part));
  };
  const fits = ({ title, summary, words: more, column, day }) => {
    const text = fold(`${title} ${summary} ${more} ${column}`);
    return needles.every((needle) => text.includes(needle))
      && (!asked.get("column") || column === asked.get("column"))
      && (!asked.get("since") || day >= asked.get("since"))
      && (!asked.get("until") || day <= asked.get("until"));
  };
  const row = (hit) => {
    const link = element("a", ...marked(hit.title));
    link.href = new URL(hit.place + root.ending, root.address).href;
    const facts = element("p", ...[hit.day, hit.form, hit.column, hit.author].filter(Boolean).flatMap((f) => [element("span", f), " "]));
    facts.className = "meta";
    return element("li", element("h2", link), facts, element("p", ...marked(hit.summary)));
  };

  const index = new URL(found.dataset.index, location.href);
  // A folder opened from a disk has no web server to find its index.html.
  const root = { address: new URL("../", index), ending: location.pathname.endsWith("index.html") ? "index.html" : "" };
  const status = element("p", "正在查找……");
  status.className = "meta";
  status.setAttribute("role", "status");
  const list = element("ol");
  list.className = "list";
  const more = element("button", "继续查找更早的");
  more.hidden = true;
  found.replaceChildren(status, list, more);

  let next;
  let count = 0;
  const read = async (name) => (await fetch(new URL(name, index))).json();
  const look = async () => {
    more.hidden = true;
    const before = count;
    while (next > 0 && count - before < PAGE) {
      next -= 1;
      const hits = (await read(`${next}.json`)).filter(fits).reverse();
      list.append(...hits.map(row));
      count += hits.length;
    }
    more.hidden = next === 0;
    status.textContent = count
      ? `找到 ${count} 条${next ? "，更早的还没有找完" : ""}`
      : `没有找到“${words.join(" ")}”。可以换一个更短的词，或者去掉栏目和日期再找。`;
  };
  more.addEventListener("click", look);
  try {
    next = (await read(index.href)).blocks;
    await look();
  } catch {
    status.textContent = "搜索暂时不可用，可以从政策文件库和各栏目查找。";
  }
})();
