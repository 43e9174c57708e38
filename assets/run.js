// Follows a run while it goes on. Without it the page says the same after 更新. Texts change in place, nothing moves.

const panel = document.querySelector("[data-run-events]");
if (panel && "EventSource" in window) {
  const source = new EventSource(panel.dataset.runEvents);
  const bar = panel.querySelector("progress");
  const spoken = panel.querySelector("[data-run-spoken]");
  let said = -Infinity; // time of the last sentence for screen readers: one in five seconds at most

  const show = (event) => {
    const run = JSON.parse(event.data);
    bar.max = run.max;
    bar.value = run.value;
    for (const [name, text] of Object.entries(run.texts)) {
      const place = panel.querySelector(`[data-run="${name}"]`);
      if (place && place.textContent !== text) place.textContent = text;
    }
    panel.querySelector('[data-run="failed"]').parentElement.classList.toggle("bad", run.failed > 0);
    if (event.timeStamp - said >= 5000 || event.type === "end") {
      said = event.timeStamp;
      spoken.textContent = run.texts.summary;
    }
  };

  source.addEventListener("progress", show);
  source.addEventListener("end", (event) => {
    source.close();
    show(event);
    document.querySelector("[data-run-ended]").hidden = false;
  });
  addEventListener("pagehide", () => source.close());
}
