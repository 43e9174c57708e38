// Finds what a person would name: runs in front of every script of window.rs. Must not change the page.

const tidy = (text) => text.replace(/\s+/g, " ").trim();

const shown = (element) =>
  element.closest("[aria-hidden=true]") === null && element.getClientRects().length > 0 && getComputedStyle(element).visibility !== "hidden";

// The text that names an element, without keys, marks of duty and hidden parts.
const nameOf = (element) => {
  const label = element.getAttribute("aria-label");
  if (label !== null) return tidy(label);
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd, svg, small, .req, .opt, .hint, option, textarea, [hidden]").forEach((part) => part.remove());
  return tidy(copy.textContent);
};

// The best match of a name: all of it, else its beginning, else a part. Several equally good ones are an error, unless
// they are links to one place.
const pick = (elements, name, what) => {
  const wanted = tidy(name);
  const ways = [(text) => text === wanted, (text) => text.startsWith(wanted), (text) => text.includes(wanted)];
  for (const way of ways) {
    const found = elements.filter((element) => way(nameOf(element)));
    if (found.length === 0) continue;
    const places = new Set(found.map((element) => element.href ?? element));
    if (places.size > 1) throw new Error(`${found.length} ${what} are called ${name}: ${found.map(nameOf).join(" | ")}`);
    return found[0];
  }
  return null;
};

const all = (selector, within = document) => [...within.querySelectorAll(selector)].filter(shown);

// A button, a link or the summary of something folded.
const findControl = (name, within = document) =>
  pick(all("button:not([disabled]), a[href], summary, input[type=submit]", within), name, "controls");

// The part of the page under a heading, a legend or a region's name.
const findPart = (name) => {
  const part = pick(all("legend, h1, h2, h3, caption, [role=region][aria-label], section[aria-label], nav[aria-label]"), name, "parts");
  return part?.closest("fieldset, section, [role=region], nav, table, form, dialog, main") ?? null;
};

// The label of a field; or the field itself, when it has its name without one. Fields of a fieldset with this legend
// that have no label of their own count, too.
const named = (name, within) => {
  const labels = all("label", within).filter((label) => label.control !== null);
  const fields = all("input[aria-label], textarea[aria-label], select[aria-label]", within);
  return pick([...labels, ...fields], name, "fields");
};
const findField = (name, within = document) => {
  const found = named(name, within);
  return found === null ? null : found.control ?? found;
};

// What to click to tick or choose something: the box, or its label where the box is drawn by the style sheet.
const findChoice = (name, within = document) => {
  const labels = all("label", within).filter((label) => ["radio", "checkbox"].includes(label.control?.type));
  const label = pick(labels, name, "choices");
  if (label === null) return null;
  const box = label.control.getBoundingClientRect();
  return box.width > 4 && shown(label.control) ? label.control : label;
};

// Whether pressing this brings another page; leaves a mark on the one that goes.
const leadsAway = (element) => {
  const leads = element instanceof HTMLAnchorElement
    ? element.href.split("#")[0] !== location.href.split("#")[0] || element.hash === ""
    : element.type === "submit" && element.form !== null && element.form.method !== "dialog";
  if (leads) window.stillHere = true;
  return leads;
};

const visibleText = () => tidy(document.body?.innerText ?? "");
