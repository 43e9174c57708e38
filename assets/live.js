// Shows what others do meanwhile: words and counts change in place, rows stay where they are. New, gone and moved rows
// only raise a notice with a link. Without it the page says the same after 更新.

const news = document.querySelector("[data-news]");
const PAUSE = 1500; // milliseconds between two looks at the page, however much goes on

/* Each row with the group that it stands in. */
const places = (page) => new Map([...page.querySelectorAll("[data-row]")].map((row) => [
  row.dataset.row, row.closest("tbody")?.querySelector(".grp th")?.firstChild?.textContent ?? "",
]));

const changed = (before, now) => {
  const gone = [...before.keys()].filter((row) => !now.has(row)).length;
  const others = [...now].filter(([row, group]) => before.get(row) !== group).length;
  const kept = (one, other) => [...one.keys()].filter((row) => other.has(row)).join();
  return gone + others || (kept(before, now) === kept(now, before) ? 0 : 1);
};

const show = (page) => {
  const now = new Map([...page.querySelectorAll("[data-live]")].map((part) => [part.dataset.live, part]));
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = now.get(part.dataset.live);
    const inUse = part !== document.activeElement && part.contains(document.activeElement);
    if (other && !inUse && part.innerHTML !== other.innerHTML) part.innerHTML = other.innerHTML;
  }
  const number = changed(places(document), places(page));
  const [words, link] = [news.querySelector("[role=status]"), news.querySelector("a")];
  const text = number ? news.dataset.text.replace("{n}", number) : "";
  if (words.textContent !== text) words.textContent = text;
  link.hidden = !number;
};

if (news && "EventSource" in window) {
  let seen = news.dataset.news;
  let looking = false;
  let source = null;

  const look = async (sequence) => {
    if (looking || sequence === seen) return;
    looking = true;
    try {
      const answer = await fetch(location.href, { headers: { "x-quiet": "1" }, cache: "no-store" });
      if (!answer.ok || answer.redirected) return stop(); // logged out
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      seen = sequence;
    } catch { /* the stream tells again when the server is back */ }
    setTimeout(() => { looking = false; if (latest !== seen) look(latest); }, PAUSE);
  };

  let latest = seen;
  const start = () => {
    source = new EventSource("/desk/news/events");
    source.addEventListener("news", (event) => { latest = event.data; look(latest); });
  };
  const stop = () => { source?.close(); source = null; };

  start();
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : source || start()));
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => event.persisted && !source && start());
}
