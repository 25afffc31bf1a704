// One clip's own view: the film, frame by frame if need be, all that made it, and what can be done with it.

import { nameOf } from "./card.js";
import { buildClipAdvice } from "./clip_advice.js";
import { copyText } from "./clipboard.js";
import { deleteClips, makeAgain } from "./deeds.js";
import { deedButton, make, refill, setText } from "./make.js";
import { buildPlayer } from "./player.js";
import { asProblem, problemBox, showProblem } from "./problem.js";
import { recipeRows } from "./recipe.js";
import { reuseJob } from "./reuse.js";
import { openFolder, readCommand, readJob, starClip } from "./server.js";
import { allClips, clipAddress, goMaking, goToClips, subscribeToView } from "./views.js";
import { wayOf } from "./way.js";
import { language, say, sayDuration } from "./words.js";

const view = {};
let shown = null; // the job
let player = null;
let asked = 0; // of several answers on their way the last one counts

/** The view of one clip. */
export function buildOnClip() {
  view.heading = make("h2", { tabindex: -1 });
  view.stage = make("div", { class: "film" });
  view.trouble = make("div", { class: "trouble" });
  view.actions = make("div", { class: "actions" });
  view.judged = buildClipAdvice(() => view.stage.querySelector("video"));
  view.judged.course.open = true;
  view.way = make("div", { class: "way-place" });
  view.recipe = make("div", { class: "all" });
  const back = make("a", { class: "back", href: allClips }, say("history.all"));
  const side = make("div", { class: "side" }, view.heading, view.trouble, view.actions, view.judged.words, view.way, view.recipe);
  const film = make("div", { class: "left" }, view.stage, view.judged.course);
  const element = make("section", { id: "on-clip", hidden: true }, back, make("div", { class: "halves" }, film, side));
  document.addEventListener("keydown", (event) => player && !element.hidden && heed(event));
  subscribeToView(({ name, id }) => {
    element.hidden = name !== "clip";
    leave();
    if (id) show(id);
  });
  return element;
}

function leave() {
  asked += 1;
  shown = player = null;
  for (const place of [view.stage, view.trouble, view.actions, view.way, view.recipe]) place.replaceChildren();
  setText(view.heading, say("clip.label"));
  view.judged.show(null);
}

async function show(id) {
  const question = asked;
  try {
    const job = await readJob(id);
    const { here } = job.video ? await readCommand(id) : {};
    if (question !== asked) return;
    draw(job, here);
    // The link that led here is hidden now; whoever came with the keyboard begins at the head of what it led to.
    if (document.activeElement === document.body) view.heading.focus({ preventScroll: true });
  } catch (error) {
    if (question === asked) view.trouble.replaceChildren(problemBox(asProblem(error)));
  }
}

function draw(job, command) {
  shown = job;
  setText(view.heading, nameOf(job));
  const isThere = job.video_url && !job.is_video_missing;
  player = isThere ? buildPlayer(job) : null;
  if (player) view.stage.replaceChildren(player.element);
  else if (job.video) view.stage.replaceChildren(make("img", { class: "gone", src: job.thumbnail_url, alt: "" }));
  view.trouble.replaceChildren(...troubles(job));
  drawActions();
  view.judged.show(isThere ? job : null);
  const lead = ({ job_id: id }) => (location.hash = clipAddress(id));
  if (isThere && job.engine) view.way.replaceChildren(wayOf(job, { lead, then: goMaking }) ?? "");
  view.recipe.replaceChildren(...recipe(job), ...(command ? [commandBox(command)] : []));
}

function troubles(job) {
  const { status, error, is_video_missing, engine, video } = job;
  if (error) return [problemBox(error, job)];
  if (status !== "done") return [make("p", { class: "aside" }, say(`status.${status}`))];
  if (is_video_missing) return [problemBox({ detail: say("history.gone.what", { file: video }), fix: say("history.gone.fix") })];
  return engine ? [] : [make("p", { class: "aside" }, say("history.no_recipe"))];
}

function drawActions() {
  const { id, engine, starred, video, video_url, is_video_missing } = shown;
  const hasFile = video && !is_video_missing;
  const remake = (newSeed) => () => attempt(() => makeAgain(shown, { newSeed }));
  const deeds = [];
  if (engine) {
    deeds.push(deedButton({ id: "reuse", class: "main" }, () => attempt(reuse), say("history.reuse")));
    deeds.push(deedButton({ id: "new-seed" }, remake(true), say("history.new_seed")));
    if (!hasFile) deeds.push(deedButton({ id: "same-again" }, remake(false), say("history.same_again")));
  }
  if (hasFile) deeds.push(make("a", { class: "button", href: `${video_url}?download=1`, download: video }, say("download")));
  deeds.push(deedButton({ id: "star", "aria-pressed": String(starred) }, () => attempt(() => star(!starred)), `${starred ? "★" : "☆"} ${say("history.star")}`));
  if (hasFile) deeds.push(deedButton({}, () => attempt(() => openFolder(id)).then(() => false), say("history.folder")));
  deeds.push(deedButton({ id: "delete" }, () => attempt(remove), say(hasFile || !video ? "history.delete" : "history.forget")));
  refill(view.actions, ...deeds);
}

async function reuse() {
  const job = shown;
  goMaking();
  await reuseJob(job);
}

async function star(isOn) {
  const job = await starClip(shown.id, isOn);
  if (shown?.id !== job.id) return;
  shown = job;
  drawActions();
  view.actions.querySelector("#star").focus({ preventScroll: true });
}

async function remove() {
  let isBack = false;
  // Undone, it is there again where its user is by then: in the gallery.
  await deleteClips([shown.id], () => (isBack = true));
  if (isBack) goToClips();
}

/** Whether the deed was done; if not, the view says why. */
async function attempt(deed) {
  try {
    await deed();
    return true;
  } catch (error) {
    showProblem(view.trouble, asProblem(error));
    return false;
  }
}

function recipe(job) {
  const rows = [...(job.engine ? recipeRows(job) : []), ...origins(job)];
  const cells = rows.map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, value)));
  return [make("h3", {}, say("recipe.label")), make("table", { class: "recipe" }, make("tbody", {}, ...cells))];
}

/** What else there is to know: when and how long, which file, and what it was made with. */
function origins({ id, video, finished_at, seconds, peak_memory_gb: memory, picture, made_with }) {
  // Those have rows of their own.
  const { device, dtype, plan, weights_sha256, float32_values_after_step, ...others } = made_with;
  const versions = Object.entries(others).filter(([, value]) => typeof value !== "object"); // the camera's start is for programs
  const row = (key, value) => (value ? [[say(key), value]] : []);
  return [
    ...row("fact.file", video),
    ...row("history.made", finished_at && new Date(finished_at).toLocaleString(language)),
    ...row("fact.seconds", seconds && sayDuration(seconds)),
    ...row("fact.memory", memory && say("memory.gb", { gb: memory.toFixed(2) })),
    ...row("history.picture", picture.sha256),
    ...row("history.job", id),
    ...row("history.versions", versions.map((each) => each.join(" ")).join(" · ")),
  ];
}

function commandBox(command) {
  const text = make("code", { tabindex: 0, "aria-label": say("history.command") }, command);
  const copy = deedButton({ id: "copy" }, async () => {
    await copyText(command);
    setText(copy, say("history.copied"));
  }, say("history.copy"));
  return make("div", { class: "command" }, make("h3", {}, say("history.command")), make("pre", {}, text), copy);
}

/** `,` and `.` step from anywhere, the arrows where they would otherwise move the film. */
function heed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const isOnFilm = player.element.contains(event.target);
  const by = { ",": -1, ".": 1, ...(isOnFilm ? { ArrowLeft: -1, ArrowRight: 1 } : {}) }[event.key];
  if (!by) return;
  event.preventDefault();
  player.step(by);
}
