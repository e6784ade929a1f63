// Keeps the figures of a rotation up to date. Texts only: what comes in is never read as markup. When the rotation gets to
// another state the page is loaded anew. Without this script the page loads itself every few seconds.
"use strict";
(() => {
  const state = document.querySelector("[data-progress]");
  if (!state) return;
  const { progress, phase, page } = state.dataset;
  const pause = 2000;
  let misses = 0;

  const show = (seen) => {
    for (const [id, text] of Object.entries(seen.texts)) {
      const place = document.getElementById(id);
      if (place && place.textContent !== text) place.textContent = text;
    }
    const bar = document.getElementById("progress-bar");
    if (bar && seen.bar) {
      bar.max = seen.bar.maximum;
      bar.value = seen.bar.value;
    }
  };

  const look = async () => {
    try {
      const answer = await fetch(progress, { credentials: "same-origin", redirect: "error", cache: "no-store" });
      if (answer.status === 401 || answer.status === 403) return location.assign(page);
      if (!answer.ok) throw new Error(String(answer.status));
      const seen = await answer.json();
      if (seen.phase !== phase) return location.assign(page);
      show(seen);
      misses = 0;
    } catch {
      misses = Math.min(misses + 1, 5);
    }
    setTimeout(look, pause * 2 ** misses);
  };
  setTimeout(look, pause);
})();
