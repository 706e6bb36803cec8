// Single keys for what staff do with a flag, and the way to a flag that a link names. Everything is also a button.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  const cases = () => $$("[data-case]").filter((each) => each.offsetParent !== null);
  const current = () => document.activeElement?.closest("[data-case]");

  function step(by) {
    const all = cases();
    const at = all.indexOf(current());
    const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  const press = (selector) => { const one = current() ?? cases()[0]; if (one) $(selector, one)?.click(); };
  const into = (selector) => {
    const field = $(selector, current() ?? document) ?? $(selector);
    field?.closest("details")?.setAttribute("open", "");
    field?.focus();
  };
  // s and x open what they are about; then a digit chooses.
  let picking = "";
  function pick(key) {
    const one = current() ?? cases()[0];
    const details = one && $(`[data-picks=${key}]`, one)?.closest("details");
    if (!details) return false;
    details.open = true;
    one.focus({ preventScroll: true });
    details.scrollIntoView({ block: "nearest" });
    picking = key;
    return true;
  }
  function choose(digit) {
    if (picking) $$(`[data-picks=${picking}] button`, current() ?? document)[digit - 1]?.click();
    picking = "";
  }

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    o: () => press("[data-open]"),
    c: () => press("[data-act=claim]"),
    a: () => press("[data-act=acknowledge]"),
    n: () => into("[data-note]"),
    s: () => pick("s"),
    u: () => ($("[data-act=undo]:not([hidden])", current() ?? document) ?? $("[data-act=undo]:not([hidden])"))?.click(),
    x: () => pick("x") || ($("[data-outcome]", current() ?? document) ? into("[data-outcome]") : press("[data-open]")),
    r: () => into("#body"),
    f: () => into(".sieve select"),
    "/": () => into("#search"),
    "?": () => $("#shortcuts")?.showModal(),
  };

  function onKey(event) {
    const isTyping = event.target.matches("input, textarea, select") || event.isComposing;
    if (event.key === "Escape" && isTyping) return event.target.blur();
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    if (/^[1-9]$/.test(event.key)) return choose(Number(event.key));
    const act = KEYS[event.key];
    if (event.key !== "s" && event.key !== "x") picking = "";
    if (act) { event.preventDefault(); act(); }
  }

  if (document.body.hasAttribute("data-shortcuts")) document.addEventListener("keydown", onKey);

  // A link to one flag opens what it is folded into, and whoever came here by keys goes on from there. A browser that
  // scrolls to the place takes the focus away again once the page has loaded: so then once more.
  function goThere() {
    const wanted = document.getElementById(location.hash.slice(1));
    wanted?.closest("details")?.setAttribute("open", "");
    (wanted?.closest("[data-case]") ?? wanted)?.focus({ preventScroll: true });
  }
  goThere();
  addEventListener("load", () => setTimeout(() => { if (document.activeElement === document.body) goThere(); }));
})();
