// The queue: what runs and what waits, in an order that its user may change, with buttons or by dragging.

import { isEdited, startEdit } from "./edit.js";
import { deedButton, make, setText } from "./make.js";
import { buildNap } from "./nap.js";
import { asProblem, clearProblem, showProblem } from "./problem.js";
import { cancelJob, cancelWaiting, moveJob, readJob, readQueue, runNext } from "./server.js";
import { adopt, isActive, pick, subscribe } from "./watch.js";
import { say, sayRange } from "./words.js";

const LOOK_MS = 1500;

const rows = new Map(); // by job
let section, list, news, cleaning;
let line = []; // as the server told it last
let shownId = null;
let isNeeded = false; // more goes on than the job on the stage
let dragged = null;
let looks = 0; // of several answers on their way the last one counts
const { nap, wake } = buildNap();

export function buildQueue(place) {
  list = make("ol");
  news = make("p", { class: "news", role: "status" });
  cleaning = make("div", { class: "cleaning" });
  section = make("section", { hidden: true }, make("header", {}, make("h2", {}, say("queue.label")), cleaning), list, news);
  place.append(section);
  listenToDrags();
  subscribe(({ jobs, shown }) => {
    shownId = shown?.id ?? null;
    const active = jobs.filter(isActive);
    const wasNeeded = isNeeded;
    isNeeded = active.some(({ id }) => id !== shownId);
    const isNews = active.some(({ id }) => !line.some((job) => job.id === id));
    if (!isNeeded) line = [];
    else if (!wasNeeded || isNews) wake();
    drawAll();
  });
  follow();
}

/** Looks while there is something to see. */
async function follow() {
  for (;;) {
    if (isNeeded && !document.hidden) await look();
    await nap(LOOK_MS);
  }
}

async function look() {
  const turn = ++looks;
  try {
    const { jobs } = await readQueue();
    if (turn !== looks || dragged) return;
    line = isNeeded ? jobs : [];
    drawAll();
  } catch {
    // The card of the clip says that there is no answer.
  }
}

/** Rows stay the same elements for as long as their job is in the queue, so that focus and drags survive a look. */
function drawAll() {
  section.hidden = !line.length;
  const held = document.activeElement;
  const ids = new Set(line.map(({ id }) => id));
  for (const [id, row] of rows) if (!ids.has(id)) leave(id, row);
  const waiting = line.filter(({ position }) => position);
  line.forEach((job, place) => {
    if (!rows.has(job.id)) rows.set(job.id, makeRow(job.id));
    const { element, draw } = rows.get(job.id);
    draw(job, waiting);
    if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null);
  });
  if (held !== document.activeElement && list.contains(held)) held.focus({ preventScroll: true });
  drawCleaning(waiting.length);
}

/** Whoever stood in the row of a job that leaves goes on standing in the list. */
function leave(id, { element }) {
  const next = element.contains(document.activeElement) ? (element.nextElementSibling ?? element.previousElementSibling) : null;
  element.remove();
  rows.delete(id);
  next?.querySelector("button").focus({ preventScroll: true });
}

function makeRow(id) {
  let job;
  const image = make("img", { alt: "", draggable: "false", loading: "lazy" });
  const text = make("span");
  const note = make("small");
  const sentence = make("button", { type: "button", class: "quiet sentence", on: { click: () => pick(id) } }, text, note);
  const icon = (name, sign, steps) => deedButton({ class: "quiet icon", "aria-label": say(name) }, () => step(id, steps), sign);
  const up = icon("queue.up", "↑", -1);
  const down = icon("queue.down", "↓", 1);
  const first = deedButton({ class: "quiet" }, () => act(id, () => runNext(id)), say("queue.run_next"));
  const edit = deedButton({ class: "quiet" }, () => startEdit(job).then(drawAll), say("queue.edit"));
  const cancel = deedButton({ class: "quiet" }, () => act(null, async () => adopt(await cancelJob(id))), say("cancel"));
  const element = make("li", { "data-job": id }, image, sentence, make("div", { class: "deeds" }, up, down, first, edit, cancel));

  function draw(now, waiting) {
    job = now;
    const { position } = job;
    if (image.getAttribute("src") !== job.picture.url) image.src = job.picture.url;
    setText(text, sentenceOf(job));
    setText(note, describe(job));
    sentence.ariaPressed = String(id === shownId);
    element.classList.toggle("is-running", !position);
    element.classList.toggle("is-edited", isEdited(id));
    element.draggable = position > 0;
    for (const button of [up, down]) button.hidden = !position || waiting.length < 2;
    up.ariaDisabled = position <= 1 ? "true" : null;
    down.ariaDisabled = position === waiting.length ? "true" : null;
    first.hidden = position < 2;
    edit.hidden = !job.is_editable || isEdited(id);
    if (job.cancel_requested) cancel.ariaDisabled = "true";
  }
  return { element, draw };
}

const sentenceOf = ({ options }) => options.prompt || say("prompt.none");

/** Where it stands, when it starts, how long it takes; what nobody knows is left out. */
function describe({ id, position, status, starts_in_seconds: start, expected_seconds: length }) {
  if (isEdited(id)) return say("queue.edited");
  const told = [position ? say("queue.position", { position }) : say(`status.${status}`)];
  if (position && start?.high) told.push(say("queue.starts", { time: sayRange(start.low, start.high) }));
  if (position && length) told.push(say("queue.takes", { time: sayRange(length.low, length.high) }));
  return told.join(" · ");
}

/** One place up or down. */
function step(id, steps) {
  const waiting = line.filter(({ position }) => position);
  const place = waiting.findIndex((job) => job.id === id);
  const before = waiting[steps < 0 ? place - 1 : place + 2];
  return act(id, () => moveJob(id, before?.id ?? null));
}

/** Does it, shows what came of it, and says where `movedId` stands now. */
async function act(movedId, deed) {
  clearProblem(section);
  try {
    await deed();
  } catch (error) {
    showProblem(section, asProblem(error));
  }
  await look();
  const moved = line.find(({ id }) => id === movedId);
  const count = line.filter(({ position }) => position).length;
  if (moved?.position) setText(news, say("queue.moved", { sentence: sentenceOf(moved), position: moved.position, count }));
  return false;
}

async function emptyQueue() {
  const { id } = line.find(({ position }) => position);
  await cancelWaiting();
  adopt(await readJob(id)); // the rest of the page looks again
}

/** The way to empty the queue, and the question before it. */
function drawCleaning(count, isAsking = cleaning.dataset.asking === "yes") {
  const asks = isAsking && count > 1;
  const drawn = [count > 1, asks, asks && count].join();
  if (cleaning.dataset.drawn === drawn) return;
  const held = cleaning.contains(document.activeElement);
  Object.assign(cleaning.dataset, { drawn, asking: asks ? "yes" : "no" });
  const ask = () => drawCleaning(count, true);
  const keep = () => drawCleaning(line.filter(({ position }) => position).length, false);
  const empty = () => act(null, emptyQueue);
  const button = (id, label, deed) => deedButton({ class: "quiet", id }, deed, label);
  cleaning.replaceChildren(
    ...(asks
      ? [
          make("p", { role: "alert" }, say("queue.cancel_all.ask", { count })),
          button("cancel-all-yes", say("queue.cancel_all.yes"), empty),
          button("cancel-all-no", say("queue.cancel_all.no"), keep),
        ]
      : count > 1
        ? [button("cancel-all", say("queue.cancel_all"), ask)]
        : []),
  );
  if (held) (cleaning.querySelector("#cancel-all-no") ?? cleaning.querySelector("button"))?.focus({ preventScroll: true });
}

function listenToDrags() {
  const mark = (row, where) => {
    for (const { element } of rows.values()) delete element.dataset.drop;
    if (row) row.dataset.drop = where;
  };
  const target = (event) => {
    const row = event.target.closest("li");
    if (!row || row.parentNode !== list) return {};
    const { top, height } = row.getBoundingClientRect();
    return { row, where: event.clientY < top + height / 2 && !row.classList.contains("is-running") ? "before" : "after" };
  };
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li")?.dataset.job ?? null;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged); // without data some browsers drag nothing
  });
  list.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const { row, where } = target(event);
    mark(row, where);
  });
  list.addEventListener("drop", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const { row, where } = target(event);
    const id = dragged;
    dragged = null;
    mark(null);
    const waiting = line.filter((job) => job.position && job.id !== id);
    const place = waiting.findIndex((job) => job.id === row?.dataset.job);
    const before = waiting[where === "before" ? place : place + 1];
    if (row && row.dataset.job !== id) act(id, () => moveJob(id, before?.id ?? null));
  });
  list.addEventListener("dragend", () => {
    dragged = null;
    mark(null);
  });
}
