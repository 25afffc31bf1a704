// The log at the page's foot: folded away until somebody wants it, then live for as long as it is looked at.

import { copyText } from "./clipboard.js";
import { make, setText } from "./make.js";
import { buildNap } from "./nap.js";
import { readLog } from "./server.js";
import { say } from "./words.js";

const LOOK_MS = 1000;
const MOST_ENTRIES = 2000;
const MUCH = 100;
const NEAR_END_PX = 24;
const HEAD = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (\w+) /;

let fold, summary, entries, state, newest;
let next; // where the server's log goes on
let end = 0; // where the list was last scrolled to its end
let isFollowing = true; // whoever scrolls up reads, and nothing moves under their eyes
const { nap, wake } = buildNap();

export function buildLog(place) {
  entries = make("div", { class: "entries", role: "log", "aria-live": "off", "aria-label": say("log.label"), tabindex: "0" });
  state = make("p", { role: "status" });
  const only = make("button", { type: "button", class: "quiet", id: "log-only", "aria-pressed": "false" }, say("log.only"));
  const copy = make("button", { type: "button", class: "quiet", id: "log-copy", on: { click: copyAll } }, say("log.copy"));
  newest = make("button", { type: "button", id: "log-newest", hidden: true, on: { click: follow } }, say("log.newest"));
  summary = make("summary", {}, say("log.show"));
  fold = make("details", {}, summary, make("div", { class: "bar" }, only, copy, newest, state), entries);
  only.addEventListener("click", () => {
    const isOn = only.ariaPressed !== "true";
    only.ariaPressed = String(isOn);
    entries.classList.toggle("is-filtered", isOn);
    follow();
  });
  fold.addEventListener("toggle", () => {
    setText(summary, say(fold.open ? "log.hide" : "log.show"));
    if (fold.open) follow();
  });
  entries.addEventListener("scroll", noticePlace);
  place.append(make("section", {}, fold));
  keepLooking();
}

/** Unfolds the log and leads there. */
export function showLog() {
  fold.open = true;
  fold.scrollIntoView({ block: "start" });
  summary.focus({ preventScroll: true });
}

async function keepLooking() {
  for (;;) {
    while (fold.open && isFollowing && !document.hidden && (await look())); // a long log comes in several answers
    await nap(LOOK_MS);
  }
}

/** Takes what is new; whether there is more to be had at once. */
async function look() {
  try {
    const passage = await readLog(next);
    if (next && passage.is_cut) entries.append(make("p", { class: "gap" }, say("log.cut")));
    next = passage.next;
    add(passage.lines);
    tellState(next ? "" : say("log.none"));
    return passage.lines.length > MUCH;
  } catch {
    tellState(say("log.unreachable"));
    return false;
  }
}

function noticePlace() {
  const isAtEnd = entries.scrollHeight - entries.scrollTop - entries.clientHeight < NEAR_END_PX;
  if (isAtEnd === isFollowing) return;
  isFollowing = isAtEnd;
  newest.hidden = isAtEnd;
  tellState();
  wake();
}

function add(lines) {
  if (entries.scrollTop < end) noticePlace(); // scrolled up, and the browser has yet to say so
  for (const line of lines) {
    const [, level] = HEAD.exec(line) ?? [];
    if (level || !entries.lastElementChild) entries.append(make("p", { class: level ?? "info" }, line));
    else entries.lastElementChild.append(`\n${line}`);
  }
  while (entries.childElementCount > MOST_ENTRIES) entries.firstElementChild.remove();
  if (isFollowing) goToEnd();
}

/** Back to the end, and on from there. */
function follow() {
  isFollowing = true;
  newest.hidden = true;
  goToEnd();
  wake();
}

function goToEnd() {
  entries.scrollTop = entries.scrollHeight;
  end = entries.scrollTop;
}

function tellState(trouble = "") {
  setText(state, trouble || (isFollowing ? "" : say("log.paused")));
}

async function copyAll() {
  const shown = [...entries.children].filter((entry) => entry.checkVisibility());
  await copyText(shown.map((entry) => entry.textContent).join("\n"));
  setText(state, say("log.copied"));
}
