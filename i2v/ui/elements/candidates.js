// Candidates of one wish side by side, each in its own loop, until one is picked or all are dismissed.

import { isWanted, subscribeToWanted } from "./coach.js";
import { keepDraft, readDraft } from "./draft.js";
import { buildFilm, decodeAside, isCalm } from "./film.js";
import { deedButton, make, setText } from "./make.js";
import { asProblem, showProblem } from "./problem.js";
import { cancelBatch, readRanking } from "./server.js";
import { isActive, pick, refresh, subscribe } from "./watch.js";
import { engineNamed, say } from "./words.js";

const STEP_OF = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

let place, section;
let batch = null; // the one on show
let entries = [];
let ranked = { key: "", places: new Map() }; // places by job, of the clips that `key` names

/** Shows the batch of the clip on show or of that one's parent, else the newest one; after a reload too. `show` brings the
 * clip that was picked into view. */
export function buildCandidates(element, show) {
  place = element;
  let known = null;
  const draw = ({ jobs, shown }) => {
    const name = batchOf(shown, jobs);
    const members = name ? jobs.filter((job) => job.batch === name).sort((one, other) => one.place - other.place) : [];
    const isOnShow = members.length > 1 && name !== readDraft().dismissed;
    if (!isOnShow) return clear();
    if (batch !== name || entries.length !== members.length) begin(name, members, show);
    const difference = differenceOf(members);
    const places = placesOf(name, members, () => draw(known));
    members.forEach((job, number) => entries[number].draw(job, shown, difference, places.get(job.id)));
    section.draw(members);
  };
  subscribe((news) => draw((known = news)));
  subscribeToWanted(() => draw(known));
}

function batchOf(shown, jobs) {
  if (shown?.batch) return shown.batch;
  const parent = jobs.find(({ id }) => id === shown?.parent_id);
  if (parent?.batch) return parent.batch;
  return jobs.filter((job) => job.batch).reduce((one, other) => (one?.place > other.place ? one : other), null)?.batch;
}

/** The option in which candidates of one seed differ; null where the seed is what they differ in. */
function differenceOf([{ engine, options }, ...others]) {
  const isSpread = (name) => others.some((job) => job.options[name] !== options[name]);
  if (isSpread("seed")) return null;
  return engineNamed(engine)?.options.find(({ name }) => isSpread(name)) ?? null;
}

/** How the clips compare, as soon as all of them are measured; before, and where no advice is wanted, nothing. */
function placesOf(name, members, redraw) {
  const clips = members.filter(({ status }) => status === "done");
  const isReady = isWanted() && !members.some(isActive) && clips.length > 1 && clips.every(({ measures }) => measures);
  if (!isReady) return new Map();
  const key = clips.map(({ id }) => id).join();
  if (ranked.key !== key) {
    ranked = { key, places: new Map() };
    compare(name, ranked).then(redraw);
  }
  return ranked.places;
}

async function compare(name, comparison) {
  try {
    for (const place of (await readRanking(name)) ?? []) comparison.places.set(place.job_id, place);
  } catch {
    comparison.key = ""; // the next news asks anew
  }
}

function clear() {
  if (batch === null) return;
  batch = null;
  entries = [];
  place.replaceChildren();
}

function begin(name, members, show) {
  batch = name;
  entries = members.map((_, number) => buildEntry(number, show));
  section = buildSection(name, members[0].phase);
  const list = make("ul", { on: { keydown: goAlong } }, ...entries.map(({ element }) => element));
  place.replaceChildren(make("section", {}, section.header, section.trouble, list));
}

function buildSection(name, phase) {
  const news = make("p", { class: "news", role: "status" });
  const trouble = make("div");
  const cancel = deedButton({ class: "quiet" }, async () => {
    try {
      await cancelBatch(name);
      refresh();
      return true;
    } catch (error) {
      return showProblem(trouble, asProblem(error));
    }
  }, say("candidates.cancel"));
  const dismiss = make("button", { type: "button", class: "quiet", on: { click: () => dismissBatch(name) } }, say("candidates.dismiss"));
  const header = make("header", {}, make("h2", {}, say(`candidates.label.${phase}`)), news, make("div", { class: "actions" }, cancel, dismiss));
  const draw = (members) => {
    const over = members.filter((job) => !isActive(job)).length;
    setText(news, over < members.length ? say("candidates.progress", { over, count: members.length }) : say(`candidates.choose.${phase}`));
    cancel.hidden = over === members.length;
  };
  return { header, trouble, draw };
}

function dismissBatch(name) {
  keepDraft({ dismissed: name });
  clear();
  document.getElementById("generate").focus({ preventScroll: true });
}

/** Arrow keys go from one candidate to the next. */
function goAlong(event) {
  const step = STEP_OF[event.key];
  const from = entries.findIndex(({ button }) => button === document.activeElement);
  if (!step || from < 0) return;
  event.preventDefault();
  entries[(from + step + entries.length) % entries.length].button.focus();
}

/** One candidate; its nodes stay, so that its loop goes on. */
function buildEntry(number, show) {
  const picture = make("img", { class: "picture", alt: "" });
  const preview = make("img", { class: "preview", alt: "", hidden: true });
  const frame = make("span", { class: "frame" }, picture, preview);
  const name = make("strong", {}, say("candidates.name", { number: number + 1 }));
  const state = make("small");
  const rank = make("span", { class: "rank", hidden: true });
  const button = make("button", { type: "button", class: "candidate" }, frame, name, state, rank);
  let video = null;
  let job = null;

  button.addEventListener("click", () => {
    pick(job.id);
    show();
  });
  for (const event of ["focus", "pointerenter"]) button.addEventListener(event, () => video?.play().catch(() => {}));
  for (const event of ["blur", "pointerleave"]) button.addEventListener(event, () => isCalm.matches && video?.pause());

  function draw(next, shown, difference, place) {
    job = next;
    const { options, progress, status, video_url, is_video_missing: isMissing } = job;
    button.dataset.job = job.id;
    button.dataset.status = status;
    button.ariaPressed = String(job.id === shown?.id);
    frame.style.aspectRatio = `${options.width} / ${options.height}`;
    if (job.picture.url && picture.getAttribute("src") !== job.picture.url) picture.src = job.picture.url;
    if (progress?.preview_url) bringUp(progress.preview_url);
    if (video_url && !isMissing && !video) frame.append((video = buildFilm(video_url, { preload: "auto", "aria-hidden": "true", tabindex: "-1" })));
    setText(state, stateOf(job, difference));
    rank.hidden = !place;
    setText(rank, place ? say("candidates.rank", place) : "");
    rank.classList.toggle("is-best", place?.rank === 1);
  }

  /** Decoded aside first, so that the old preview stays until the new one is whole. */
  function bringUp(url) {
    if (preview.dataset.wanted === url) return;
    preview.dataset.wanted = url;
    const swap = () => {
      if (preview.dataset.wanted !== url) return;
      preview.src = url;
      preview.hidden = false;
    };
    decodeAside(url).then(swap, () => {}); // the job was done before the preview arrived
  }

  return { element: make("li", {}, button), button, draw };
}

function stateOf({ status, progress, options, cancel_requested }, difference) {
  if (status === "done" && difference) return say("candidates.differs", { name: difference.label, value: options[difference.name] });
  if (status === "done") return say("candidates.seed", { seed: options.seed });
  if (cancel_requested && status === "running") return say("stage.cancelling");
  if (status !== "running" || !progress?.total_steps) return say(`status.${status}`);
  return say("step", { step: progress.step, total: progress.total_steps });
}
