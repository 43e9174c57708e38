// Choosing rows of the list of cases with less effort. Without script the boxes, the links 「この50件を選択」 and
// 「…すべて選択」 do the same.

const boxes = () => [...document.querySelectorAll("[name=case][form=bulk]")].filter((box) => !box.disabled);
const all = document.querySelector("[data-all]");
const told = document.querySelector("[data-chosen]");
let last = null; // the row from which Shift+X chooses a range

const tell = () => {
  const list = boxes();
  const chosen = list.filter((box) => box.checked).length;
  list.forEach((box) => box.closest("tr").classList.toggle("sel", box.checked));
  if (!list.length) return;
  if (told) told.textContent = told.dataset.chosen.replace("{n}", chosen);
  if (all) { all.checked = chosen === list.length; all.indeterminate = chosen > 0 && chosen < list.length; }
};

if (all) {
  all.hidden = false;
  document.querySelector("[data-unscripted]")?.remove();
  all.addEventListener("change", () => { boxes().forEach((box) => { box.checked = all.checked; }); tell(); });
}
document.addEventListener("change", (event) => { if (event.target.matches("[name=case]")) { last = event.target; tell(); } });

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.toLowerCase() !== "x" || document.querySelector("dialog[open]")) return;
  if (!document.querySelector('#keys [data-keys="x"]')) return; // switched off by the person
  if (event.target.matches("input:not([type=checkbox]):not([type=radio]), select, textarea")) return;
  const box = document.querySelector("tr.cur [name=case]");
  const list = boxes();
  if (!box || box.disabled) return;
  event.preventDefault();
  if (event.shiftKey && last && list.includes(last)) {
    const [from, to] = [list.indexOf(last), list.indexOf(box)].sort((a, b) => a - b);
    list.slice(from, to + 1).forEach((one) => { one.checked = true; });
  } else {
    box.checked = !box.checked;
  }
  last = box;
  tell();
});
tell();
