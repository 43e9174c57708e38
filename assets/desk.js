// Makes the staff pages quicker with the keyboard. Every page works without it: nothing here is the only way.
// Keys are ignored while typing, with modifiers and while an input method composes (Enter confirms kana).

const composing = (event) => event.isComposing || event.keyCode === 229;
const typing = (element) => element.matches("input:not([type=radio]):not([type=checkbox]), select, textarea, [contenteditable]");
const find = (selector) => document.querySelector(selector);
const visible = (element) => element && element.offsetParent !== null;
const focus = (selector) => { const element = find(selector); element?.focus(); return !!element; };
const press = (selector) => { const element = [...document.querySelectorAll(selector)].find(visible); element?.click(); return !!element; };
const go = (href) => { location.assign(href); return true; };

/* Rows: J and K move a mark, Enter opens the marked row for reading. */
let marked = null;
const mark = (step) => {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const at = rows.indexOf(marked);
  marked?.classList.remove("cur");
  marked = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  marked.classList.add("cur");
  marked.querySelector("a")?.focus({ preventScroll: true });
  marked.scrollIntoView({ block: "nearest" });
  return true;
};

const help = () => { const dialog = find("#keys"); if (!dialog) return false; dialog.open ? dialog.close() : dialog.showModal(); return true; };

const copyNumber = () => {
  const number = find("[data-number]")?.dataset.number;
  if (!number) return false;
  navigator.clipboard?.writeText(number);
  return true;
};

const outcome = (n) => {
  const radio = document.querySelectorAll("[data-call-form] [name=outcome]")[n - 1];
  if (!radio) return false;
  radio.focus();
  radio.click();
  return true;
};

/* Days of the calendar: arrows move the focus once it is on one of them. */
const toDay = (step) => {
  const days = [...document.querySelectorAll("[data-calendar] [data-day]")];
  const at = days.indexOf(document.activeElement);
  if (at < 0) return false;
  days[at + step]?.focus();
  return true;
};

const acts = {
  focus,
  press,
  go,
  help,
  next_row: () => mark(1),
  previous_row: () => mark(-1),
  refresh: () => (find("[data-rows]") ? (location.reload(), true) : press("[data-refresh]")),
  copy_number: copyNumber,
  outcome: (_, key) => outcome(Number(key)),
  day: (step) => toDay(Number(step)),
  elsewhere: () => false, // a script of the page listens itself
};

/* The keys are those of the list on the page (`?`): what is not there, or was switched off by the person, does nothing. */
const table = [...document.querySelectorAll("#keys [data-act]")].map((row) => row.dataset);
const act = (keys, key) => table.some((row) => row.keys === keys && acts[row.act](row.on, key));

let afterG = -Infinity; // time of the last `g`: the second key has one second
document.addEventListener("keydown", (event) => {
  if (composing(event)) return;
  const form = event.target.form ?? event.target.closest?.("form");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const button = form && [...form.querySelectorAll("[data-primary]")].find(visible);
    if (button) { event.preventDefault(); form.requestSubmit(button); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || find("dialog[open]")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const done = (event.timeStamp - afterG < 1000 && act(`g ${key}`, key)) || act(/^[1-8]$/.test(key) ? "1–8" : key, key);
  afterG = key === "g" ? event.timeStamp : -Infinity;
  if (done) event.preventDefault();
});

/* One press, one act: a second press while the first is under way does nothing (the server checks it too). */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || "download" in form.dataset) return; // after a download the page stays
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  changed.delete(form);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

/* What was typed stays: the browser asks before a page with unsent words is left. Nothing is stored. */
const changed = new Set();
document.addEventListener("input", (event) => { const form = event.target.form; if (form?.dataset.keep) changed.add(form); });
addEventListener("beforeunload", (event) => { if (changed.size) event.preventDefault(); });

/* While somebody types, the claim lasts; once in four minutes is enough for its fifteen. */
const callForm = find("[data-call-form]");
const until = find("[data-lease-until]");
if (callForm && until) {
  let asked = performance.now();
  callForm.addEventListener("input", async (event) => {
    if (event.timeStamp - asked < 240000) return;
    asked = event.timeStamp;
    const body = new URLSearchParams({ _csrf: callForm.elements._csrf.value });
    try {
      const answer = await fetch(`${callForm.dataset.keep}/claim/renewal`, { method: "POST", body });
      if (!answer.redirected && answer.ok) until.textContent = await answer.text();
    } catch { /* offline: sending the form says so */ }
  });
}

/* Time since the call began. */
const clock = find("[data-elapsed]");
if (clock) {
  const began = Date.parse(clock.dateTime);
  const start = clock.textContent;
  const tick = () => {
    const seconds = Math.floor((Date.now() - began) / 1000);
    if (seconds >= 0 && seconds < 36000) clock.textContent = `${start} (${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")})`;
  };
  setInterval(tick, 1000);
}

/* Printing needs the script; without it the browser's own menu does. */
document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => print()); });

/* Menus close with Escape and by a click elsewhere. */
document.addEventListener("click", (event) => document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && find("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});

/* Errors first: the summary of a refused form takes the focus. */
find(".errs")?.focus();
