// A scanner is a keyboard that types fast and ends with Enter or Tab. What it reads goes to the scan
// field wherever the focus is, but for fields that somebody fills in. A person types slower: that is
// no scan, and is sent with Enter from the scan field only.
"use strict";
{
  const LEAST = 3;
  const TWICE_WITHIN_MS = 1000;
  const AIM = /^\][A-Za-z][0-9A-Za-z]/; // what kind of barcode it was, sent by some scanners

  const form = document.getElementById("scan");
  const field = document.getElementById("scan-field");
  const gap = Number(form.dataset.gap);
  const prefix = form.dataset.prefix;
  let read = "";
  let lastKeyAt = 0;
  let lastScan = { code: "", at: -TWICE_WITHIN_MS };

  const fillsIn = (element) =>
    element !== field &&
    element.matches("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");

  const stripped = (code) => {
    const bare = prefix && code.startsWith(prefix) ? code.slice(prefix.length) : code;
    return bare.replace(AIM, "");
  };

  const send = (code, at) => {
    const isTwice = code === lastScan.code && at - lastScan.at < TWICE_WITHIN_MS;
    field.value = "";
    lastScan = { code, at };
    if (isTwice) return;
    field.value = code;
    form.requestSubmit();
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (!(event.target instanceof Element) || fillsIn(event.target)) return;
    const isFast = event.timeStamp - lastKeyAt <= gap;
    if (event.key.length === 1) {
      read = isFast ? read + event.key : event.key;
      lastKeyAt = event.timeStamp;
    } else if (event.key === "Enter" || event.key === "Tab") {
      // The field has all of it, also what came after a pause.
      const code = stripped(event.target === field ? field.value.trim() : read);
      read = "";
      if (!isFast || code.length < LEAST) return;
      event.preventDefault();
      event.stopPropagation();
      send(code, event.timeStamp);
    }
  }, true);

  // The request has its copy of the code by now; the next one finds an empty field.
  document.addEventListener("htmx:config:request", (event) => {
    if (event.detail.ctx.sourceElement === form) field.value = "";
  });

  const keyboard = document.querySelector("[data-keyboard]");
  keyboard.addEventListener("click", () => {
    const wanted = keyboard.getAttribute("aria-pressed") !== "true";
    keyboard.setAttribute("aria-pressed", String(wanted));
    field.inputMode = wanted ? "text" : "none";
    field.focus();
  });
}
