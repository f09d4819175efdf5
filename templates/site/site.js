// Elder mode goes along from page to page in the address, so that nothing is stored on anybody's machine.
(() => {
  const box = document.getElementById("elder");
  if (!box) return;
  const here = new URL(location.href);
  const inside = (url) => url.host === here.host && url.protocol === here.protocol && /(\/|\.html)$/.test(url.pathname);
  const carry = (url) => (box.checked ? url.searchParams.set("elder", "1") : url.searchParams.delete("elder"));
  const apply = () => {
    for (const link of document.querySelectorAll("a[href]")) {
      const url = new URL(link.href);
      if (!inside(url) || link.getAttribute("href").startsWith("#")) continue;
      carry(url);
      link.href = url.href;
    }
    for (const form of document.querySelectorAll("form[method=get]")) {
      form.querySelector("[name=elder]")?.remove();
      if (box.checked) form.insertAdjacentHTML("beforeend", '<input type="hidden" name="elder" value="1">');
    }
    carry(here);
    history.replaceState(null, "", here);
  };
  box.checked ||= here.searchParams.has("elder");
  box.addEventListener("change", apply);
  if (box.checked) apply();
})();

// How long until a livestream. The page itself says when it is; this only saves the arithmetic.
(() => {
  const UNITS = [["天", 864e5], ["小时", 36e5], ["分钟", 6e4]];
  const words = (rest) => {
    const parts = [];
    for (const [name, size] of UNITS) {
      const count = Math.floor(rest / size);
      rest -= count * size;
      if (count && parts.length < 2) parts.push(`${count} ${name}`);
    }
    return parts.join(" ") || "不到 1 分钟";
  };
  const told = (starts, ends, now) => {
    if (now < starts) return ["soon", `距开始 ${words(starts - now)}`];
    return now < ends ? ["live", "正在直播"] : ["over", "直播已结束"];
  };
  for (const place of document.querySelectorAll("[data-starts]")) {
    const starts = Date.parse(place.dataset.starts);
    // Without a stated end it is taken for two hours, as calendars do.
    const ends = Date.parse(place.dataset.ends) || starts + 72e5;
    const show = () => {
      const [state, text] = told(starts, ends, Date.now());
      place.dataset.state = state;
      place.textContent = text;
    };
    show();
    setInterval(show, 30000);
  }
})();
