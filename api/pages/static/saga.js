// What the strip and the drawer need besides htmx: a dialog that opens, calls that are copied, and
// one quiet sentence for who listens.
"use strict";
{
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-saga-opens]");
    const dialog = opener && document.getElementById(opener.dataset.sagaOpens);
    if (dialog && !dialog.open) dialog.showModal();

    const copier = event.target.closest("[data-saga-copies]");
    if (copier) copy(copier);
  });

  async function copy(copier) {
    await navigator.clipboard.writeText(document.getElementById(copier.dataset.sagaCopies).textContent);
    document.getElementById(copier.dataset.says).textContent = copier.dataset.words;
  }

  // Where htmx began before its extension had come, nobody has connected.
  document.addEventListener("DOMContentLoaded", () => {
    setTimeout(() => {
      const live = document.getElementById("saga-live");
      if (live && !live._htmx?.sse && !live.querySelector("#saga-state")) htmx.process(live);
    }, 1000);
  });

  // Said once it rests, and only when it is something else than before.
  let saying;
  document.addEventListener("htmx:sse:after:message", () => {
    clearTimeout(saying);
    saying = setTimeout(() => {
      const sum = document.querySelector("[data-heard]")?.textContent ?? "";
      const heard = document.getElementById("saga-heard");
      if (heard && heard.textContent !== sum) heard.textContent = sum;
    }, 700);
  });

  // A button that took itself away leaves the keyboard where its list is.
  document.addEventListener("htmx:after:swap", (event) => {
    const list = event.detail?.ctx?.target;
    if (list?.id === "breaking-armed" && document.activeElement === document.body) list.focus();
  });
}
