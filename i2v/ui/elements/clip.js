// The card of one job: what it is doing, how far it is, its picture growing, and then its clip with all that belongs to it.

import { buildClipAdvice } from "./clip_advice.js";
import { showLog } from "./log.js";
import { deedButton, make, redraw, setText } from "./make.js";
import { tryAgain } from "./press.js";
import { asProblem, problemBox, showProblem } from "./problem.js";
import { recipeRows } from "./recipe.js";
import { refinePanel } from "./refine.js";
import { cancelJob, readBatch, readJob } from "./server.js";
import { buildStage } from "./stage.js";
import { clipAddress, pageTitle } from "./views.js";
import { adopt, bringBack, isActive, subscribe } from "./watch.js";
import { isUnderWay, wayOf } from "./way.js";
import { say, sayDuration, sayIfKnown } from "./words.js";

const card = {};

/** Builds the card once; its nodes stay, so that a screen reader hears changes and a playing clip goes on. */
export function buildClip(place) {
  card.place = place;
  card.drawStage = buildStage();
  card.headline = make("p", { class: "headline", role: "status" });
  card.step = make("p", { class: "step" });
  card.bar = make("progress", { "aria-label": say("progress") });
  card.offline = make("p", { class: "offline", role: "status" });
  card.trouble = make("div", { class: "trouble" });
  card.actions = make("div", { class: "actions" });
  card.way = make("div", { class: "way-place" });
  card.judged = buildClipAdvice(() => card.drawStage.element.querySelector("video"));
  card.more = make("div", { class: "more" });
  place.append(
    make("h2", {}, say("clip.label")),
    card.drawStage.element,
    card.offline,
    make("div", { class: "telling" }, card.headline, card.step, card.bar),
    card.trouble,
    card.actions,
    card.judged.words,
    card.way,
    card.judged.course,
    card.more,
  );
  subscribe(draw);
}

function draw({ shown: job, isLoaded, isConnected }) {
  card.place.dataset.job = job?.id ?? "";
  card.place.dataset.status = job?.status ?? (isLoaded ? "empty" : "unknown");
  setText(card.offline, isConnected ? "" : say("reconnecting"));
  card.drawStage(job);
  setText(card.headline, job ? headline(job) : "");
  setText(card.step, job ? step(job) : "");
  drawBar(job);
  document.title = job?.status === "running" ? `${percent(job)} · ${say("app.title")}` : pageTitle();
  redraw(card.trouble, trouble(job), drawTrouble, job);
  redraw(card.actions, job && [job.id, job.status, job.cancel_requested], drawActions, job);
  redraw(card.way, job && [job.id, isActive(job), job.status === "done"], drawWay, job);
  judge(job);
  redraw(card.more, job && [job.id, job.status], drawMore, job);
}

/** Each clip is asked about once. */
function judge(job) {
  const clip = job?.status === "done" && job.video_url && !job.is_video_missing ? job : null;
  if (clip?.id === card.judgedId) return;
  card.judgedId = clip?.id;
  card.judged.show(clip);
}

function headline({ status, progress, cancel_requested }) {
  if (status === "running" && cancel_requested) return say("stage.cancelling");
  if (status !== "running") return say(`status.${status}`);
  return sayIfKnown(`stage.${progress?.stage ?? "starting"}`, say("status.running"));
}

function step({ status, waiting_before, progress, cancel_requested }) {
  if (status === "queued") return waiting_before ? say("queue.before", { count: waiting_before }) : say("queue.next");
  if (status !== "running" || cancel_requested || !progress?.total_steps) return "";
  const told = [say("step", { step: progress.step, total: progress.total_steps })];
  const left = progress.seconds_left;
  if (left != null && progress.stage === "generating") told.push(say("left", { duration: sayDuration(Math.max(1, Math.round(left))) }));
  return told.join(" · ");
}

function drawBar(job) {
  card.bar.hidden = !job || !isActive(job);
  if (card.bar.hidden) return;
  const { step = 0, total_steps: total = 0 } = job.progress ?? {};
  // Without a value the bar runs to and fro: something goes on, nobody knows how long.
  if (job.status === "running" && total) [card.bar.max, card.bar.value] = [total, step];
  else card.bar.removeAttribute("value");
}

function percent({ progress }) {
  return progress?.total_steps ? `${Math.floor((100 * progress.step) / progress.total_steps)} %` : "…";
}

/** What there is to say beyond the stage: why it failed, why it cannot be saved, what to know of the clip. */
const trouble = (job) => job && [job.id, job.error, job.progress?.blocked_by, job.notices];

function drawTrouble(job) {
  const { error, progress, notices } = job;
  const boxes = error ? [problemBox(error, job)] : [];
  if (progress?.blocked_by) boxes.push(problemBox(whileBlocked(progress.blocked_by)), make("p", { class: "aside" }, say("blocked.safe")));
  if (notices.length) boxes.push(make("ul", { class: "notices" }, ...notices.map(({ text }) => make("li", {}, text))));
  return boxes;
}

/** The problem's own advice ends with another press, which this clip does not need: it is saved by itself. */
const whileBlocked = ({ code, detail }) => ({ code, detail, fix: sayIfKnown(`blocked.${code}`, "") });

function drawActions(job) {
  if (isActive(job)) {
    const cancel = () => attempt(async () => adopt(await cancelJob(job.id)));
    return [deedButton({ id: "cancel", "aria-disabled": job.cancel_requested && "true" }, cancel, say("cancel"))];
  }
  if (job.video_url) {
    return [
      make("a", { class: "button", id: "download", href: `${job.video_url}?download=1`, download: job.video }, say("download")),
      make("a", { class: "button quiet", href: clipAddress(job.id) }, say("history.open")),
    ];
  }
  const again = deedButton({ id: "again" }, () => attempt(() => tryAgain(job), job), say("again"));
  if (!job.error) return [again];
  const toLog = make("button", { type: "button", id: "show-log", on: { click: showLog } }, say("log.show"));
  return [again, toLog];
}

/** Whether the deed was done; if not, the card says why. */
async function attempt(deed, job) {
  try {
    await deed();
    return true;
  } catch (error) {
    showProblem(card.trouble, asProblem(error), job);
    return false;
  }
}

/** One press makes one clip, and nothing stands in the way; whoever makes several, or goes on from one, is told where they are. */
const drawWay = (job) => (isUnderWay(job) ? [wayOf(job, { lead, then: stay }) ?? ""] : []);

/** Goes to another clip of the way, with those beside it. */
async function lead({ job_id: id, batch }) {
  try {
    bringBack(id, batch ? await readBatch(batch) : [await readJob(id)]);
    stay();
  } catch (error) {
    showProblem(card.trouble, asProblem(error));
  }
}

/** Whoever took a step with the keyboard goes on from where it led. */
const stay = () => card.way.querySelector("[aria-current]")?.focus({ preventScroll: true });

function drawMore(job) {
  if (!job.video_url) return [];
  const fact = (name, value) => (value == null ? null : make("div", {}, make("dt", {}, say(name)), make("dd", {}, value)));
  const memory = job.peak_memory_gb == null ? null : say("memory.gb", { gb: job.peak_memory_gb.toFixed(2) });
  const facts = make(
    "dl",
    { class: "facts" },
    fact("fact.seconds", job.seconds == null ? null : sayDuration(job.seconds)),
    fact("fact.memory", memory),
    fact("fact.file", job.video),
  );
  const rows = recipeRows(job).map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, value)));
  const table = make("table", { class: "recipe" }, make("tbody", {}, ...rows));
  return [facts, refinePanel(job, lead) ?? "", make("details", {}, make("summary", {}, say("recipe.label")), table)];
}
