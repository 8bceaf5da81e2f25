// The till's keys, clocks and focus. What they do stands in the page: aria-keyshortcuts, data-*.
"use strict";
{
  const byId = (id) => document.getElementById(id);
  const till = byId("till");
  const scan = byId("scan-field");
  const KEYS = ["F2", "F4", "F8", "F9", "Escape"];

  // --- focus: a panel's field where one asks for it, else the scan field ---------------------------
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    ctx.isPoll = ctx.sourceElement.hasAttribute("data-poll");
    if (ctx.target === till && !ctx.isPoll) till.ariaBusy = "true";
  });

  document.addEventListener("htmx:finally:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.target === till && !ctx.isPoll) till.ariaBusy = "false";
  });

  document.addEventListener("htmx:after:swap", (event) => {
    const { ctx } = event.detail;
    if (ctx.target !== till || ctx.swap === "none") return;
    tick();
    announce(ctx.isPoll);
    const isLost = document.activeElement === document.body;
    if (ctx.isPoll && !isLost) return;
    (till.querySelector("[autofocus]") ?? scan).focus();
  });

  // What came about by itself is said as well, once.
  let announced = "";
  const announce = (isPoll) => {
    const news = till.querySelector("[data-announce]")?.textContent.trim() ?? "";
    if (isPoll && news && news !== announced) byId("said").append(` ${news}`);
    announced = news;
  };

  document.addEventListener("htmx:error", () => {
    const box = document.createElement("div");
    box.className = "trouble";
    box.textContent = byId("offline").textContent;
    byId("trouble").replaceChildren(box);
  });

  // --- keys ----------------------------------------------------------------------------------------
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !KEYS.includes(event.key)) return;
    if (document.querySelector("dialog[open]")) return;
    const wanted = document.querySelector(`[aria-keyshortcuts="${event.key}"]:not(:disabled)`);
    if (!wanted) return;
    event.preventDefault();
    wanted.click();
  });

  // --- buttons that only the page needs ------------------------------------------------------------
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { to, say, opens, copies, scan: code } = button.dataset;
    if (to) {
      byId(to).focus();
      if (to === scan.id) byId("said").textContent = say;
    }
    if (opens) byId(opens).showModal();
    if (copies) await navigator.clipboard.writeText(byId(copies).textContent);
    if (code) {
      scan.value = code;
      scan.form.requestSubmit();
    }
  });

  byId("help").addEventListener("close", () => scan.focus());

  // --- clocks: they warn at two minutes and at one ---------------------------------------------------
  const warned = new Map();

  const warn = (instant, left) => {
    const [level, words] = left <= 60 ? [1, "one-minute"] : [2, "two-minutes"];
    if (left > 120 || left <= 0 || (warned.get(instant) ?? 3) <= level) return;
    warned.set(instant, level);
    byId("clock-said").textContent = byId(words).textContent;
  };

  const tick = () => {
    for (const clock of document.querySelectorAll("[data-until]")) {
      const left = Math.max(0, Math.floor((Date.parse(clock.dataset.until) - Date.now()) / 1000));
      clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      clock.classList.toggle("late", left <= 120);
      warn(clock.dataset.until, left);
    }
  };

  setInterval(tick, 1000);
  tick();
}
