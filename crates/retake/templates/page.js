// Keeps pages up to date. They work without it: everything here only brings what a reload would bring, and seeks,
// plays and asks for a quote where a form would do the same.
"use strict";

/** The shortest time between two looks at what has changed. */
const EVERY_MS = 250;
/** How often a page that waits for something is looked at where nothing is heard. */
const BEAT_MS = 2000;
/** How often a list is looked at. */
const LIST_MS = 4000;
/** How long after the last key a quote is asked for. */
const QUIET_MS = 600;
/** The longest pause between two tries to reach the server. */
const PAUSE_MS = 8000;

/** Changes what is shown into what it is now, and leaves alone what is the same: focus, scroll, players, what was typed. */
function morph(shown, now) {
  if (shown.nodeType !== now.nodeType || shown.nodeName !== now.nodeName || (shown.id || "") !== (now.id || "")) {
    shown.replaceWith(now);
    return;
  }
  if (shown.nodeType !== Node.ELEMENT_NODE) {
    if (shown.data !== now.data) shown.data = now.data;
    return;
  }
  for (const { name } of [...shown.attributes]) {
    if (!now.hasAttribute(name) && name !== "open") shown.removeAttribute(name);
  }
  for (const { name, value } of now.attributes) {
    if (name !== "open" && shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
  if (shown.nodeName !== "TEXTAREA") children(shown, now);
}

function children(shown, now) {
  const named = new Map();
  for (const child of shown.children) if (child.id) named.set(child.id, child);
  let at = shown.firstChild;
  for (const next of [...now.childNodes]) {
    const same = next.id ? named.get(next.id) : undefined;
    if (same && same !== at) {
      // Whatever stands before it is gone; moving it would stop a player.
      while (at && at !== same && !(at.id && now.querySelector(`#${CSS.escape(at.id)}`))) {
        const gone = at;
        at = at.nextSibling;
        gone.remove();
      }
      if (at !== same) shown.insertBefore(same, at);
    }
    const fits = same || (at && !at.id && !next.id && at.nodeName === next.nodeName) ? same || at : null;
    if (fits) {
      if (fits === at) at = at.nextSibling;
      morph(fits, next);
    } else {
      shown.insertBefore(next, at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

/** The parts of a page that was sent. */
function parsed(text) {
  return new DOMParser().parseFromString(text, "text/html");
}

async function fetched(address, options) {
  const answer = await fetch(address, { cache: "no-store", ...options });
  if (answer.redirected && new URL(answer.url).pathname === "/signin") {
    location.reload();
    throw new Error("signed out");
  }
  return answer;
}

/** Puts what was sent in the place of what is shown inside of an element. */
function inside(element, text) {
  children(element, parsed(text).body);
  peek();
}

const lost = document.getElementById("lost");
function say(words) {
  if (lost.textContent !== words) lost.textContent = words;
}

/** Calls at most so often; a call in between is made up for. */
function seldom(work) {
  let waits = false, runs = false, again = false;
  async function go() {
    waits = false;
    runs = true;
    again = false;
    await work();
    runs = false;
    if (again) call();
  }
  function call() {
    if (runs) again = true;
    else if (!waits) {
      waits = true;
      setTimeout(go, EVERY_MS);
    }
  }
  return call;
}

function watch(board) {
  const stand = () => document.getElementById("stand").dataset;
  let source = null, pause = EVERY_MS, timer = 0, heard = Date.now();

  const look = seldom(async () => {
    try {
      const answer = await fetched(board.dataset.board);
      if (!answer.ok) return;
      inside(board, await answer.text());
      heard = Date.now();
    } catch {
      // The stream notices too, and says so.
    }
  });

  function open() {
    clearTimeout(timer);
    source = new EventSource(`${board.dataset.events}?after=${stand().seq}`);
    source.onopen = () => {
      if (lost.textContent) look();
      pause = EVERY_MS;
      say("");
    };
    source.onmessage = look;
    source.onerror = () => {
      say("The connection is lost. Nothing of the film is: this page keeps trying, and catches up.");
      // It is opened anew, so that it goes on after what is shown, whatever the answer was.
      close();
      timer = setTimeout(open, pause);
      pause = Math.min(pause * 2, PAUSE_MS);
    };
  }
  function close() {
    clearTimeout(timer);
    if (source) source.close();
    source = null;
  }

  // A browser opens few connections to one place: a page that nobody sees gives its own back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else if (!source) {
      look();
      open();
    }
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      look();
      if (!source) open();
    }
  });
  setInterval(() => {
    if (!document.hidden && source && "going" in stand() && Date.now() - heard > BEAT_MS) look();
  }, EVERY_MS);
  if (!document.hidden) open();
}

function list(films) {
  if ("still" in films.dataset) return;
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetched(films.dataset.poll);
      if (answer.ok) inside(films, await answer.text());
      say("");
    } catch {
      say("The connection is lost. This page keeps trying.");
    }
  }, LIST_MS);
}

/** Clips show their first picture when they come into sight, where nothing stands for them. */
const seen = "IntersectionObserver" in window && new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    target.preload = "metadata";
  }
});
function peek() {
  if (!seen) return;
  for (const clip of document.querySelectorAll("video.clip:not([poster])")) seen.observe(clip);
}

function clips() {
  const of = (event) => event.target.closest?.("video.clip");
  const play = (event) => of(event)?.play().catch(() => {});
  const stop = (event) => {
    const clip = of(event);
    if (clip && clip !== document.activeElement) {
      clip.pause();
      clip.currentTime = 0;
    }
  };
  document.addEventListener("pointerover", play);
  document.addEventListener("pointerout", stop);
  document.addEventListener("focusin", play);
  document.addEventListener("focusout", (event) => setTimeout(stop, 0, event));
}

function chapters() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-at]");
    const player = document.getElementById("player");
    if (!link || !player || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    player.currentTime = Number(link.dataset.at);
    player.play().catch(() => {});
  });
  document.addEventListener("timeupdate", (event) => {
    if (event.target.id !== "player") return;
    let current = null;
    for (const link of document.querySelectorAll("a[data-at]")) {
      if (Number(link.dataset.at) <= event.target.currentTime + 0.05) current = link;
      link.removeAttribute("aria-current");
    }
    current?.setAttribute("aria-current", "true");
  }, true);
}

function menus() {
  const others = (target) => [...document.querySelectorAll("details.menu[open]")].filter((menu) => !menu.contains(target));
  document.addEventListener("click", (event) => others(event.target).forEach((menu) => (menu.open = false)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

function editor(form) {
  const plan = document.getElementById("plan"), beside = document.getElementById("beside");
  let timer = 0, asked = null;
  async function ask() {
    asked?.abort();
    asked = new AbortController();
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetched("/new/quote", { method: "POST", body, signal: asked.signal });
      const now = parsed(await answer.text()).getElementById("beside");
      if (now) morph(beside, now);
      beside.removeAttribute("aria-busy");
      say("");
    } catch (error) {
      if (error.name !== "AbortError") say("The server does not answer. What you wrote is still here.");
    }
  }
  const later = () => {
    clearTimeout(timer);
    beside.setAttribute("aria-busy", "true");
    timer = setTimeout(ask, QUIET_MS);
  };
  form.addEventListener("input", later);
  document.getElementById("ask").addEventListener("click", (event) => {
    event.preventDefault();
    ask();
  });
  form.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-line]");
    if (!link) return;
    event.preventDefault();
    const lines = plan.value.split("\n"), line = Number(link.dataset.line) - 1;
    const from = lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0);
    plan.focus();
    plan.setSelectionRange(from, from + (lines[line] ?? "").length);
    plan.scrollTop = Math.max(0, (plan.scrollHeight / lines.length) * (line - 4));
  });
  if (!document.getElementById("told")) ask();
}

const board = document.getElementById("board");
if (board) watch(board);
const films = document.getElementById("films");
if (films) list(films);
const form = document.getElementById("editor");
if (form) editor(form);
clips();
chapters();
menus();
peek();
