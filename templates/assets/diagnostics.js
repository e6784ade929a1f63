// Runs the checks without leaving the page and shows each finding as soon as it is there. Without this script the same
// form does the same in one step. Everything from the answer is put in as text, never as markup.
(() => {
  "use strict";
  const note = document.getElementById("progress");
  const banner = document.getElementById("verdict");
  const marks = new Map([...document.querySelectorAll("#marks template")].map(t => [t.dataset.tone, t]));
  let isRunning = false;

  const mark = (card, tone, word) => {
    const shape = marks.get(tone).content.firstElementChild.cloneNode(true);
    shape.lastChild.textContent = " " + word;
    card.querySelector(".mark").replaceWith(shape);
  };

  // What belonged to the run before is gone; steps and evidence come with the whole page at the end.
  const clear = card => {
    for (const old of card.querySelectorAll(".remedy, .outside, .for-operator, details")) old.remove();
    card.querySelector(".finding-message").textContent = "";
    mark(card, "busy", "Checking");
  };

  // The verdict of the run before must not stand over checks that are under way.
  const withdraw = (tone, word, sentence) => {
    banner.className = "banner banner-" + tone;
    mark(banner, tone, word);
    const [first, ...rest] = banner.querySelectorAll("p:not(.banner-mark)");
    first.textContent = sentence;
    for (const old of rest) old.remove();
    for (const old of document.querySelectorAll(".jumps")) old.parentElement.remove();
  };

  const show = finding => {
    const card = document.getElementById("check-" + finding.code);
    if (!card) return;
    clear(card);
    mark(card, finding.tone, finding.word);
    card.querySelector(".finding-message").textContent = finding.message;
  };

  const lines = async function* (body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const pieces = (rest + value).split("\n");
      rest = pieces.pop();
      yield* pieces.filter(Boolean).map(line => JSON.parse(line));
    }
  };

  const run = async form => {
    const answer = await fetch(form.action, {
      method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/x-ndjson" },
    });
    if (!answer.ok || !answer.body) throw new Error("not run");
    let count = 0;
    for await (const line of lines(answer.body)) {
      if (line.page) return location.replace(line.page);
      if (line.begins) {
        withdraw("busy", "Checking", "The checks are running. Each shows below as soon as it has ended.");
        line.begins.map(code => document.getElementById("check-" + code)).filter(Boolean).forEach(clear);
        note.dataset.all = line.begins.length;
      } else {
        show(line);
        note.textContent = `${++count} of ${note.dataset.all} checks have ended.`;
      }
    }
    throw new Error("broke off");
  };

  for (const form of document.querySelectorAll("form[data-progress]")) {
    form.addEventListener("submit", event => {
      event.preventDefault();
      if (isRunning) return;
      isRunning = true;
      note.textContent = "The checks are running.";
      run(form).catch(() => {
        note.textContent = "The checks broke off. Load this page again to see what they found.";
        withdraw("warning", "Broke off", "The checks were not all made. Load this page again.");
        isRunning = false;
      });
    });
  }
})();
