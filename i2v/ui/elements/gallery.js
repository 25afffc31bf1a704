// All clips, the newest first: searched, starred, and several of them taken at once.

import { buildCard } from "./card.js";
import { deleteClips, saveZip } from "./deeds.js";
import { deedButton, make, redraw, setText } from "./make.js";
import { asProblem, clearProblem, showProblem } from "./problem.js";
import { listClips, openFolder } from "./server.js";
import { subscribeToView } from "./views.js";
import { subscribe } from "./watch.js";
import { say } from "./words.js";

const PAGE = 60;
const DEBOUNCE_MS = 200;
const UNREAD_MS = 1500; // while clips are still being found in the folder

const state = { clips: [], isLoaded: false, isWhole: false, unread: 0, q: "", starred: false, isPicking: false };
const picked = new Set();
const cards = new Map(); // by job id
const view = {};
let questions = 0; // of several answers on their way the last one counts
let timer = 0;
let newest = ""; // what the other view's poll last knew to be finished
let isOpen = false;
let opened = null; // the clip that was looked at last

/** The view of all clips. */
export function buildGallery() {
  view.search = make("input", { type: "search", id: "search", maxlength: 200, autocomplete: "off", placeholder: say("history.search.hint"), on: { input: () => later(look, DEBOUNCE_MS) } });
  view.starred = toggle("only-starred", "history.starred", () => {
    state.starred = !state.starred;
    look();
  });
  view.picking = toggle("picking", "history.pick", () => pickMode(!state.isPicking));
  view.heading = make("h2", { tabindex: -1 }, say("history.title"));
  view.trouble = make("div", { class: "trouble" });
  view.told = make("p", { class: "aside", role: "status" });
  view.grid = make("ul", { class: "grid", "aria-label": say("history.title") });
  view.empty = make("div", { class: "nothing" });
  view.more = deedButton({ class: "more", hidden: true }, () => readMore().then(() => false), say("history.more"));
  view.bar = make("div", { class: "picked", hidden: true });
  const label = make("label", { for: "search" }, say("history.search"));
  const folder = deedButton({}, () => attempt(() => openFolder()).then(() => false), say("history.folder"));
  const tools = make("div", { class: "tools" }, label, view.search, view.starred, view.picking, folder);
  const element = make("section", { id: "gallery", hidden: true }, view.heading, tools, view.bar, view.trouble, view.told, view.empty, view.grid, view.more);
  element.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && state.isPicking) pickMode(false);
  });
  subscribeToView(({ name, id }) => {
    isOpen = name === "clips";
    element.hidden = !isOpen;
    if (isOpen) look();
    const from = opened;
    if (isOpen) requestAnimationFrame(() => receive(from)); // by then the other view is hidden
    opened = id;
  });
  subscribe(({ jobs, isConnected }) => {
    const now = JSON.stringify([isConnected, jobs.filter((job) => job.video).map(({ id, starred }) => [id, starred])]);
    if (isOpen && isConnected && now !== newest) look();
    newest = now;
  });
  return element;
}

/** Whoever comes back from a clip goes on where it stands, or where it stood. */
function receive(id) {
  const at = document.activeElement;
  if (at === document.body || !at.checkVisibility()) (cards.get(id) ?? view.heading).focus();
}

function toggle(id, key, change) {
  return make("button", { type: "button", id, "aria-pressed": "false", on: { click: change } }, say(key));
}

function later(deed, milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(deed, milliseconds);
}

const wanted = (more) => ({ limit: PAGE, q: view.search.value.trim(), starred: state.starred, ...more });

/** Asks for the first page anew. What was read beyond it stays, as long as the question is the same. */
async function look() {
  clearTimeout(timer);
  const question = ++questions;
  const asked = wanted();
  const isSame = asked.q === state.q && asked.starred === (view.starred.ariaPressed === "true");
  view.starred.ariaPressed = String(asked.starred);
  const told = await attempt(() => listClips(asked));
  if (!told || question !== questions) return;
  const { jobs, unread } = told;
  const last = jobs.at(-1);
  const rest = isSame && jobs.length === PAGE ? state.clips.filter((clip) => isBefore(clip, last)) : [];
  state.isWhole = jobs.length < PAGE || (isSame && rest.length > 0 && state.isWhole);
  Object.assign(state, { clips: [...jobs, ...rest], isLoaded: true, unread, q: asked.q });
  if (unread !== 0 && isOpen) later(look, UNREAD_MS);
  draw();
}

const isBefore = (clip, other) => clip.created_at < other.created_at || (clip.created_at === other.created_at && clip.place < other.place);

async function readMore() {
  const question = questions;
  const told = await attempt(() => listClips(wanted({ before: state.clips.at(-1).place })));
  if (!told || question !== questions) return;
  state.clips.push(...told.jobs);
  state.isWhole = told.jobs.length < PAGE;
  draw();
  // Whoever pressed with the keyboard goes on at the first of the new ones.
  if (!told.jobs.length) return;
  const { element, focus } = cards.get(told.jobs[0].id);
  focus();
  element.scrollIntoView({ block: "nearest" });
}

function draw() {
  const ids = new Set(state.clips.map(({ id }) => id));
  for (const id of [...picked]) if (!ids.has(id)) picked.delete(id);
  for (const [id, card] of cards) {
    if (ids.has(id)) continue;
    card.element.remove();
    cards.delete(id);
  }
  state.clips.forEach((clip, place) => {
    if (!cards.has(clip.id)) cards.set(clip.id, buildCard(clip.id, { pick, adopt }));
    const { element, draw: drawCard } = cards.get(clip.id);
    drawCard(clip, { isPicking: state.isPicking, isPicked: picked.has(clip.id) });
    if (view.grid.children[place] !== element) view.grid.insertBefore(element, view.grid.children[place] ?? null);
  });
  view.grid.hidden = !state.clips.length;
  view.more.hidden = state.isWhole || !state.clips.length;
  view.picking.ariaPressed = String(state.isPicking);
  setText(view.told, state.unread ? say("history.unread", { count: state.unread }) : count());
  redraw(view.empty, state.isLoaded && !state.clips.length && [state.q, state.starred, state.unread !== 0], drawEmpty, state.clips.length ? null : state);
  drawBar();
}

/** How many were found, for those too who do not see it. */
function count() {
  const { clips, isWhole, q, starred } = state;
  return clips.length && (q || starred) ? say("history.found", { count: isWhole ? clips.length : `${clips.length}+` }) : "";
}

/** What to do where nothing is to be seen. */
function drawEmpty({ q, starred, unread }) {
  if (unread !== 0) return [];
  const name = q ? "found" : starred ? "starred" : "clips";
  const all = () => {
    [view.search.value, state.starred] = ["", false];
    look();
    view.search.focus();
  };
  const way = name === "clips" ? make("a", { class: "button", href: "#/" }, say("history.none.make")) : make("button", { type: "button", on: { click: all } }, say("history.none.all"));
  return [make("strong", {}, say(`history.none.${name}`, { q })), make("p", {}, say(`history.none.${name}.help`)), way];
}

function drawBar() {
  view.bar.hidden = !state.isPicking;
  const ids = state.clips.filter(({ id }) => picked.has(id)).map(({ id }) => id);
  redraw(view.bar, state.isPicking && ids, fillBar, state.isPicking && ids);
}

function fillBar(ids) {
  const over = () => pickMode(false);
  const waits = { "aria-disabled": !ids.length && "true" };
  return [
    make("p", { role: "status" }, say("history.picked", { count: ids.length })),
    make("button", { type: "button", on: { click: () => pickEvery(ids.length < state.clips.length) } }, say(ids.length < state.clips.length ? "history.pick.all" : "history.pick.none")),
    deedButton(waits, () => attempt(() => saveZip(ids)).then(() => false), say("history.zip")),
    deedButton(waits, () => attempt(() => deleteClips(ids, look)).then(over), say("history.delete")),
    make("button", { type: "button", on: { click: over } }, say("history.pick.end")),
  ];
}

function pickEvery(all) {
  picked.clear();
  if (all) for (const { id } of state.clips) picked.add(id);
  draw();
}

function pick(id) {
  if (!picked.delete(id)) picked.add(id);
  draw();
}

function pickMode(isOn) {
  state.isPicking = isOn;
  picked.clear();
  draw();
  if (!isOn) view.picking.focus({ preventScroll: true });
}

/** Takes in what the server just said of one clip. */
function adopt(clip) {
  state.clips = state.clips.map((each) => (each.id === clip.id ? clip : each)).filter((each) => each.starred || !state.starred);
  draw();
}

/** What the deed gives; nothing where it failed, and then the view says why. */
async function attempt(deed) {
  try {
    const told = await deed();
    clearProblem(view.trouble);
    return told;
  } catch (error) {
    showProblem(view.trouble, asProblem(error));
    return null;
  }
}
