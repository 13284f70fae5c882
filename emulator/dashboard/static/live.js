// Live parts and forms that do not reload. Without this script every page works the same, but for the liveness.
"use strict";
(() => {
  // ms between two looks while much happens: so many that a look costs the server a fortieth of its time at most.
  const LEAST_PAUSE = 400;
  const LONGEST_PAUSE = 5000;
  const PAUSE_PER_LOOK = 40;
  let pause = LEAST_PAUSE;
  let due = null;
  let last = 0;
  let looking = false;
  let missed = false; // something happened during a look
  let held = false; // something was not shown, because somebody was at work there

  const parse = (text) => new DOMParser().parseFromString(text, "text/html");
  const isEdited = (part) => part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
  const isMarked = (part) => { const marked = getSelection(); return !marked.isCollapsed && marked.containsNode(part, true); };

  function refresh(fresh) {
    for (const part of document.querySelectorAll("[data-live][id], [data-again][id]")) {
      const other = fresh.getElementById(part.id);
      if (other && !other.dataset.again) delete part.dataset.again;
      if (!other || part.innerHTML === other.innerHTML) continue;
      if (isEdited(part) || isMarked(part)) { held = true; continue; }
      const open = new Map([...part.querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
      for (const each of other.querySelectorAll("details[id]")) if (open.has(each.id)) each.open = open.get(each.id);
      const focused = part.contains(document.activeElement) ? place(part, document.activeElement) : null;
      const stay = underTheEye(part);
      part.replaceChildren(...document.adoptNode(other).childNodes);
      stay(part);
      if (focused) focused(part);
      ready(part);
    }
  }

  function place(part, element) {
    const href = element.getAttribute("href");
    const holder = element.closest("details[id]");
    return (now) => {
      const again = href ? [...now.querySelectorAll("a")].find((each) => each.getAttribute("href") === href)
        : holder && document.getElementById(holder.id)?.querySelector("summary");
      again?.focus({ preventScroll: true });
    };
  }

  // What is read stays where it is when something is put before it: the first link in sight, if the top is out of sight.
  function underTheEye(part) {
    const inSight = part.getBoundingClientRect().top < 0
      && [...part.querySelectorAll("a[href]")].find((each) => each.getBoundingClientRect().top >= 0);
    if (!inSight) return () => {};
    const href = inSight.getAttribute("href");
    const top = inSight.getBoundingClientRect().top;
    return (now) => {
      const again = [...now.querySelectorAll("a[href]")].find((each) => each.getAttribute("href") === href);
      if (again) scrollBy({ top: again.getBoundingClientRect().top - top, behavior: "instant" });
    };
  }

  async function look() {
    due = null;
    if (looking) { missed = true; return; }
    if (document.hidden) { again(); return; }
    looking = true;
    const began = performance.now();
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      const text = await answer.text();
      last = performance.now();
      pause = Math.min(LONGEST_PAUSE, Math.max(LEAST_PAUSE, PAUSE_PER_LOOK * (last - began)));
      const page = parse(text);
      if (answer.ok) refresh(page);
      else if (answer.status === 404) gone(page);
    } catch { /* the server is gone; the stream says when it is back */ } finally { looking = false; if (missed) soon(); missed = false; again(); }
  }

  function soon() {
    if (due === null) due = setTimeout(look, Math.max(60, last + pause - performance.now()));
  }

  // What goes on behind the page without an event of this world, such as a story: looked at until it has ended.
  function again() {
    const part = document.querySelector("[data-again]");
    if (part && due === null) due = setTimeout(look, Number(part.dataset.again));
  }

  function ready(root) {
    for (const button of root.querySelectorAll("button[data-copy]")) {
      if (!navigator.clipboard) continue;
      button.hidden = false;
    }
  }

  function say(nodes) {
    const notice = document.getElementById("notice");
    notice.replaceChildren(...nodes);
    notice.scrollIntoView({ block: "nearest" });
  }

  // The world was deleted or made as new under the page: what is shown is no more.
  function gone(page) {
    const alert = page.querySelector("[role=alert]");
    if (alert && !document.querySelector("#notice [role=alert]")) say([document.adoptNode(alert)]);
  }

  async function send(form, fields) {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(fields), headers: { accept: "text/html" } });
    const page = parse(await answer.text());
    const alert = page.querySelector("[role=alert]");
    if (alert) { say([document.adoptNode(alert)]); return; }
    const url = new URL(answer.url);
    const elsewhere = url.pathname !== location.pathname;
    url.searchParams.delete("done");
    if (elsewhere && answer.redirected) { location.assign(answer.url); return; }
    const main = page.getElementById("main");
    const words = [...main.querySelector("#notice").childNodes];
    if (form.closest("header")) { refresh(page); say(words); return; } // what is half filled in stays
    const details = new Map([...document.querySelectorAll("main details[id]")].map((each) => [each.id, each.open]));
    for (const each of main.querySelectorAll("details[id]")) if (details.has(each.id)) each.open = details.get(each.id);
    // The header's fields stay; what it shows is fresh.
    const id = document.activeElement?.id;
    document.getElementById("main").replaceWith(document.adoptNode(main));
    refresh(page);
    ready(document);
    again();
    const wrong = document.querySelector("main [aria-invalid=true]:not(fieldset)") ?? document.getElementById("wrong");
    if (wrong) wrong.focus();
    else if (id) document.getElementById(id)?.focus({ preventScroll: true });
    // Put in anew, so that it is read aloud.
    if (words.length) say(words);
    document.getElementById("answer-part")?.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-plain")) return;
    event.preventDefault();
    const button = event.submitter;
    const fields = new FormData(form, button); // before the button is disabled, or its value is left out
    if (button) button.disabled = true;
    send(form, fields).catch(() => location.reload()).finally(() => { if (button) button.disabled = false; });
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[data-copy]");
    if (!button) return;
    navigator.clipboard.writeText(button.dataset.copy).then(() => {
      const word = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = word; }, 1200);
    });
  });

  for (const kind of ["focusout", "selectionchange"]) {
    document.addEventListener(kind, () => { if (held) { held = false; soon(); } });
  }

  // j and k go through the messages, / to the search.
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, textarea, select")) return;
    if (event.key === "/") { const field = document.querySelector("input[type=search]"); if (field) { event.preventDefault(); field.focus(); } }
    if (event.key !== "j" && event.key !== "k") return;
    const links = [...document.querySelectorAll("td.to a")];
    const now = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, now + (event.key === "j" ? 1 : -1)))]?.focus();
  });

  ready(document);
  again();
  const events = document.body.dataset.events;
  if (events && document.querySelector("[data-live]")) {
    const stream = new EventSource(events);
    for (const kind of ["world", "changed", "reset"]) stream.addEventListener(kind, soon);
    // A stream that is refused, not only broken off, may mean that the world is gone.
    stream.addEventListener("error", () => { if (stream.readyState === EventSource.CLOSED) soon(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
    addEventListener("pagehide", () => stream.close());
  }
})();
