// Says how fresh a page is, and keeps it so. htmx (vendor/) holds the stream, fetches, sends forms and swaps what comes;
// here stands what it cannot know: when a page is stale, what stays still under somebody's hands, what is said aloud.
(() => {
  const STALE_AFTER = 7_000; // ms without a word from the server, which says something every 4 s
  const AGAIN_AFTER = 10_000; // ms without a word, until the stream is opened anew: its connection may be dead unnoticed
  const TRY_EVERY = 3_000; // ms at least between two openings
  const body = document.body;
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- How long ago ---------------------------------------------------------------------------------------------
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

  // What can be undone for a minute is offered no longer than that.
  const until = new WeakMap();
  const held = new Set(); // cards that are not touched by the swap under way
  const expire = () => { for (const each of $$("[data-left]")) each.hidden = until.get(each) <= Date.now(); };

  function stamp(root) {
    for (const each of $$("[data-left]", root)) {
      if (!held.has(each.closest("[data-case]"))) until.set(each, Date.now() + Number(each.dataset.left) * 1_000);
    }
  }

  // --- The page, the stream, and whether they hold ------------------------------------------------------------------
  // #page says what is shown (the journal's newest number that is in it) and how to look again; #stream listens.
  const page = () => $("#page");
  const stream = () => $("#stream");
  const live = $("#live");
  const stale = $("#stale");
  const trouble = $("#trouble");
  let heardWhen = new Date();
  let heardAt = performance.now();
  let triedAt = -Infinity;
  let isOpen = false;
  let isOut = false;
  let urgent = null;

  // A machine that slept may have stopped one of the two clocks.
  const silent = () => Math.max(Date.now() - heardWhen.getTime(), performance.now() - heardAt);
  const clock = (date) => date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

  function showLive(isLive) {
    delete live.dataset.waiting;
    live.classList.toggle("is-live", isLive);
    $("[data-live-words]", live).textContent = isLive ? "Live" : "Not live";
    const words = isOut ? "You are signed out. Sign in to go on." : `Not live since ${clock(heardWhen)}. What you see may be old; trying again.`;
    if (!isLive && stale.textContent !== words) stale.textContent = words;
    stale.hidden = isLive;
  }

  function heard({ detail }) {
    const said = JSON.parse(detail.data);
    heardAt = performance.now();
    heardWhen = new Date();
    now = Date.parse(said.now);
    showLive(true);
    tellTime();
    announce(said.urgent);
    const shown = page()?.dataset ?? {};
    if (said.seq > Number(shown.live) || hasWoken() || (shown.mark && said.mark !== Number(shown.mark))) look();
  }

  function announce(count) {
    if (urgent !== null && count > urgent) {
      $("#announce").textContent = `New flag that cannot wait: ${count} now.`;
      body.dispatchEvent(new CustomEvent("followup:urgent"));
    }
    urgent = count;
    const title = document.title.replace(/^\(\d+ now\) /, "");
    document.title = count ? `(${count} now) ${title}` : title;
  }

  // A snooze ends by itself, without anything happening that the server could tell.
  const hasWoken = () => $$("[data-wakes]").some((each) => Date.parse(each.dataset.wakes) <= now);
  const look = () => { if (!isOut && page()) htmx.trigger(page(), "refresh"); };

  function signedOut() {
    isOut = true;
    showLive(false);
  }

  // htmx opens the stream again by itself where it ended; where it never began, or has said nothing for too long, we do.
  function keepOpen() {
    if (isOut || !stream()) return;
    // On a slow line htmx may have looked over the page before its extension was there.
    if (!stream().hasAttribute("data-htmx-powered")) htmx.process(stream());
    if (silent() > STALE_AFTER) showLive(false);
    if ((isOpen && silent() < AGAIN_AFTER) || performance.now() - triedAt < TRY_EVERY) return;
    triedAt = performance.now();
    if (isOpen) {
      triedAt += AGAIN_AFTER - TRY_EVERY;
      htmx.process(stream(), true);
    }
    htmx.trigger(stream(), "listen");
  }

  document.addEventListener("beat", heard);
  document.addEventListener("over", signedOut);
  document.addEventListener("htmx:sse:after:connection", () => { isOpen = true; });
  document.addEventListener("htmx:sse:close", () => { isOpen = false; });
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement === stream()) ctx.request.headers["Last-Event-ID"] = page().dataset.live;
  });
  addEventListener("online", keepOpen);
  document.addEventListener("visibilitychange", keepOpen);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // --- What stays still ---------------------------------------------------------------------------------------------
  // Whoever is writing, or about to choose, keeps that card still under their hands, or the part of the page around it.
  function isInUse(field) {
    if (field === document.activeElement || "kept" in field.dataset) return true;
    if (!field.options) return field.value !== field.defaultValue;
    const first = [...field.options].find((option) => option.defaultSelected) ?? field.options[0];
    return field.selectedOptions[0] !== first;
  }

  const WRITES = "textarea, select, input:not([type=hidden], [type=checkbox], [type=radio])";
  const inUse = (part) => $$(WRITES, part).filter(isInUse);

  // Whether the part can be swapped around what is in use in it: cards of the worklist, as long as they stay on it.
  function canSwap({ target, fragment }) {
    const fields = inUse(target);
    const cards = fields.map((field) => field.closest("li[data-case]"));
    if (!cards.every((card) => card && fragment.getElementById(card.id))) return false;
    for (const card of cards) held.add(card);
    return true;
  }

  function beforeSwap({ detail: { ctx, tasks } }) {
    held.clear();
    if (ctx.sourceElement === page()) {
      const parts = tasks.filter((task) => task.type === "oob" && task.target !== page());
      const can = parts.filter(canSwap);
      // What is held back is looked for again with the next beat: #page goes on saying what it showed before.
      const isAll = can.length === parts.length && !held.size;
      tasks.splice(0, tasks.length, ...tasks.filter((task) => can.includes(task) || (isAll && task.target === page())));
    } else if (ctx.sourceElement.matches("form") && ctx.response.status < 400) {
      ctx.sourceElement.reset();
      for (const each of $$("details[open]", ctx.sourceElement)) each.open = false;
    }
    ctx.swapped = tasks.map((task) => task.target);
  }

  htmx.registerExtension("desk", {
    htmx_before_morph_node: (element) => !held.has(element),
    // What somebody unfolded stays so.
    htmx_before_morph_attr: (element, { attrName, newValue }) => newValue !== null || attrName !== "open" || !element.matches("details"),
  });

  function afterSwap({ detail: { ctx } }) {
    tellTime();
    for (const part of ctx.swapped ?? []) stamp(part);
    expire();
    if (ctx.place) settle(ctx);
  }

  document.addEventListener("htmx:before:swap", beforeSwap);
  document.addEventListener("htmx:after:swap", afterSwap);

  // --- Acts ---------------------------------------------------------------------------------------------------------
  // Where the act was: what is snoozed or closed leaves its place, and whoever works through the list goes on with the next.
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (!ctx.sourceElement.matches("form")) return;
    trouble.hidden = true;
    const all = $$("[data-case]").filter((each) => each.offsetParent !== null);
    const at = all.indexOf(ctx.sourceElement.closest("[data-case]"));
    const near = at < 0 ? [] : [all[at], all[at + 1], all[at - 1]];
    ctx.place = near.filter((each) => each?.id).map((each) => each.id);
    ctx.leaves = /^(snooze|close)\b/.test(ctx.request.submitter?.value ?? "") ? ctx.place.shift() : "";
  });

  function settle({ place, leaves }) {
    const address = page()?.getAttribute("hx-get");
    const moves = address && address !== location.pathname + location.search;
    if (moves) history.pushState({ htmx: true }, "", address);
    // What was closed is folded away with the others: whoever did it sees where it went.
    document.getElementById(leaves)?.closest("details")?.setAttribute("open", "");
    const active = document.activeElement;
    const refusal = $("#refusal");
    if (refusal) refusal.scrollIntoView({ block: "center" });
    else if (moves) scrollTo(0, 0);
    else if (!active || active === body || (leaves && active.id === leaves)) {
      [...place, leaves].map((id) => document.getElementById(id)).find(Boolean)?.focus();
    }
  }

  // What an error page would have said stands above the page instead, so that nothing that was typed is lost.
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    if (ctx.response.status === 401) signedOut();
    else if (ctx.sourceElement.matches("form") && ctx.response.status !== 409 && ctx.response.status !== 422) {
      const said = new DOMParser().parseFromString(ctx.text, "text/html");
      tell([...said.querySelectorAll("#main h1, #main p:not(.quiet)")].slice(0, 2).map((each) => each.textContent).join(". "));
    }
  });
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    if (ctx?.sourceElement.matches("form")) tell("No answer came. Look whether it was done before you try it again; what you typed is still here.");
  });

  function tell(words) {
    trouble.textContent = words;
    trouble.hidden = false;
    trouble.scrollIntoView({ block: "nearest" });
  }

  stamp(document);
  setInterval(() => { keepOpen(); expire(); }, 500);
  keepOpen();
})();
