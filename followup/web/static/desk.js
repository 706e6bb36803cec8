// The desk's one script. Everything essential works without it: it keeps pages fresh, says how fresh they are, and adds keys.

const STALE_AFTER = 7_000; // ms without a word from the server, which says something every 4 s
const REFRESH_EVERY = 1_000; // ms at least between two looks
const body = document.body;
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- How long ago -------------------------------------------------------------------------------------------------
// The server's clock counts: in a demo it runs faster than this machine's.
let now = Date.parse(body.dataset.now);

function ago(at) {
  const minutes = Math.max(0, Math.floor((now - Date.parse(at)) / 60_000));
  for (const [size, unit] of [[1440, "d"], [60, "h"], [1, "min"]]) {
    if (minutes >= 2 * size || (unit === "min" && minutes)) return `${Math.floor(minutes / size)} ${unit}`;
  }
  return "just now";
}

function tellTime() {
  for (const time of $$("time[data-ago]")) time.textContent = ago(time.dateTime);
}

// --- Live ---------------------------------------------------------------------------------------------------------
const live = $("#live");
const stale = $("#stale");
let shown = Number(body.dataset.live);
let heardAt = performance.now();
let heardWhen = new Date();
let urgent = null;
let newest = shown;
let mark = Number(body.dataset.mark ?? 0);
let isRefreshing = false;
let isOut = false;

const clock = (date) => date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

function showLive(isLive) {
  live.hidden = false;
  live.classList.toggle("is-live", isLive);
  $("[data-live-words]", live).textContent = isLive ? "Live" : "Not live";
  const words = isOut ? "You are signed out. Sign in to go on." : `Not live since ${clock(heardWhen)}. What you see may be old; trying again.`;
  if (!isLive && stale.textContent !== words) stale.textContent = words;
  stale.hidden = isLive;
}

function heard(event) {
  const said = JSON.parse(event.data);
  heardAt = performance.now();
  heardWhen = new Date();
  now = Date.parse(said.now);
  showLive(true);
  tellTime();
  announce(said.urgent);
  newest = Math.max(newest, said.seq);
  if (newest > shown || hasWoken() || (body.dataset.mark && said.mark !== mark)) refresh();
}

function announce(count) {
  if (urgent !== null && count > urgent) $("#announce").textContent = `New flag that cannot wait: ${count} now.`;
  urgent = count;
  const title = document.title.replace(/^\(\d+ now\) /, "");
  document.title = count ? `(${count} now) ${title}` : title;
}

async function refresh() {
  if (isRefreshing) return;
  isRefreshing = true;
  const seq = newest;
  const pause = new Promise((done) => { setTimeout(done, REFRESH_EVERY); });
  try {
    const answer = await fetch(location.href, { headers: { "X-Followup-Refresh": "1" }, cache: "no-store" });
    if (answer.status === 401) return signedOut();
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    swap(fresh);
    mark = Number(fresh.body.dataset.mark ?? 0);
    shown = seq;
  } catch { /* the stream says when it is back */ } finally {
    await pause;
    isRefreshing = false;
    if (newest > shown && !isOut) refresh();
  }
}

function swap(fresh) {
  for (const part of $$("[data-swap]")) {
    const next = fresh.getElementById(part.id);
    if (!next || next.innerHTML === part.innerHTML || isInUse(part)) continue;
    const focused = part.contains(document.activeElement) ? document.activeElement.closest("[id]")?.id : null;
    const opened = $$("details[open]", part).map(nameOf);
    part.innerHTML = next.innerHTML;
    for (const each of $$("details", part)) if (opened.includes(nameOf(each))) each.open = true;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }
  tellTime();
  expire();
}

const nameOf = (each) => each.dataset.key ?? each.className;

// What can be undone for a minute is offered no longer than that.
function expire() {
  for (const each of $$("[data-left]")) setTimeout(() => { each.hidden = true; }, Number(each.dataset.left) * 1_000);
}

// A snooze ends by itself, without anything happening that the server could tell.
const hasWoken = () => $$("[data-wakes]").some((each) => Date.parse(each.dataset.wakes) <= now);

// Whoever is writing, or about to choose, keeps the page still under their hands.
function isInUse(part) {
  const active = document.activeElement;
  if (part.contains(active) && active.matches("textarea, select, input")) return true;
  return $$("textarea, select", part).some(isChanged);
}

function isChanged(field) {
  if (!field.options) return field.value !== field.defaultValue;
  const first = [...field.options].find((option) => option.defaultSelected) ?? field.options[0];
  return field.selectedOptions[0] !== first;
}

function signedOut() {
  isOut = true;
  showLive(false);
}

// A page about one episode says so: colleagues see who is looking at it.
const address = () => `/events?seq=${shown}${body.dataset.at ? `&at=${body.dataset.at}` : ""}`;

function listen() {
  let stream = new EventSource(address());
  const attach = () => {
    stream.addEventListener("beat", heard);
    stream.addEventListener("over", () => { stream.close(); signedOut(); });
    stream.addEventListener("error", () => {
      if (stream.readyState !== EventSource.CLOSED || isOut) return;
      // The browser gave up (an answer that was no stream): ask whether we are still signed in, and try again.
      setTimeout(async () => {
        await refresh();
        if (!isOut) { stream = new EventSource(address()); attach(); }
      }, 3_000);
    });
  };
  attach();
  setInterval(() => { if (isOut || performance.now() - heardAt > STALE_AFTER) showLive(false); }, 500);
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

// --- Keys ---------------------------------------------------------------------------------------------------------
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
// What is snoozed or closed leaves its place: whoever works through the list goes on with what stands next.
document.addEventListener("submit", ({ target, submitter }) => {
  const back = target.elements.next;
  if (back?.value !== "/" || !/^(snooze|close):/.test(submitter?.value ?? "")) return;
  const all = cases();
  const at = all.indexOf(target.closest("[data-case]"));
  const following = all[at + 1] ?? all[at - 1];
  if (following?.id) back.value = `/#${following.id}`;
});
const choose = (digit) => picking && $$(`[data-picks=${picking}] button`, current() ?? document)[digit - 1]?.click();

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

// --- How many parts a text takes (3GPP TS 23.038), as domain/segments.py counts them ---------------------------------
const BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION = "^{}\\[~]|€\f";

function parts(text) {
  const isPlain = [...text].every((each) => BASIC.includes(each) || EXTENSION.includes(each));
  const units = isPlain ? [...text].reduce((sum, each) => sum + (EXTENSION.includes(each) ? 2 : 1), 0) : text.length;
  const [alone, each] = isPlain ? [160, 153] : [70, 67];
  return { isPlain, count: units <= alone ? Math.min(units, 1) : Math.ceil(units / each) };
}

function countParts(field) {
  const { isPlain, count } = parts(field.value);
  const words = $("[data-count-words]", field.form);
  words.dataset.first ??= words.textContent;
  const dear = isPlain ? "" : " A character in it is outside the plain alphabet, so parts are shorter.";
  words.textContent = count ? `${[...field.value].length} characters, ${count} part${count > 1 ? "s" : ""}.${dear}` : words.dataset.first;
}

// A reply that was chosen stands in the field at once; without this script, "Preview" puts it there.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-reply]")) return;
  const field = $("[data-count]", event.target.form);
  field.value = event.target.selectedOptions[0].dataset.text ?? "";
  countParts(field);
  field.focus();
});
document.addEventListener("input", (event) => { if (event.target.matches("[data-count]")) countParts(event.target); });
expire();
if (body.hasAttribute("data-shortcuts")) document.addEventListener("keydown", onKey);
if (body.dataset.live !== undefined) listen();
// A link to one flag opens what it is folded into, and whoever came here by keys goes on from there. A browser that
// scrolls to the place takes the focus away again once the page has loaded: so then once more.
function goThere() {
  const wanted = document.getElementById(location.hash.slice(1));
  wanted?.closest("details")?.setAttribute("open", "");
  (wanted?.closest("[data-case]") ?? wanted)?.focus({ preventScroll: true });
}
goThere();
addEventListener("load", () => setTimeout(() => { if (document.activeElement === body) goThere(); }));
