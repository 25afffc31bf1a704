// Under Generate: what a press will make and how long that takes, who makes it, and a question where it takes very long.

import { inForce, leadToModel, readWish } from "./form.js";
import { deedButton, make, redraw, setText } from "./make.js";
import { pictureHash } from "./picture.js";
import { estimate } from "./server.js";
import { subscribe } from "./watch.js";
import { modelOf, stateOf, subscribeToModels } from "./weights.js";
import { engineNamed, engines, say, sayDuration, sayRange } from "./words.js";

const DEBOUNCE_MS = 300;

const made = make("p");
const takes = make("p", { class: "takes" });
const hint = make("div", { class: "hint", role: "status" });
const asking = make("div");
let drawn = "";
let cameWithin = null; // the engine that `auto` has switched to under the reader's eyes
let timer = 0;
let questions = 0; // of several estimates on their way the last one counts
let newestClip; // learned from: the estimate gets better with each

/** Puts the lines into the page, once the form can be read. */
export function buildPlan(place) {
  place.append(made, takes, hint, asking);
  subscribeToModels(({ switchedTo }) => {
    cameWithin = switchedTo;
    drawPlan();
  });
  subscribe(({ jobs }) => {
    const newest = jobs.find(({ status }) => status === "done")?.id;
    if (newest !== newestClip) askForTime();
    newestClip = newest;
  });
}

/** Brings everything in line with the form, the picture and the models. */
export function drawPlan() {
  const { asked, engine, values } = inForce();
  const { width, height, num_frames, fps } = values;
  const told = { engine: engine.label, width, height, num_frames, duration: sayDuration(num_frames / fps) };
  const key = JSON.stringify([asked, engine.name, modelOf(engine.name)?.is_ready, values, pictureHash()]);
  setText(made, say("plan", told));
  drawHint(asked, engine);
  const note = document.getElementById("engine-note");
  if (note) setText(note, `${asked === "auto" ? `${sayWhy(engine)} ` : ""}${engine.summary}`);
  if (key === drawn) return;
  drawn = key;
  dropQuestion();
  askForTime();
}

/** Asks, in place, whether a clip that takes very long shall be made all the same; `choose` gets the answer's change. */
export function askPatience({ low_minutes, high_minutes, engine }, choose) {
  const time = sayRange(60 * low_minutes, 60 * high_minutes);
  const quick = engines.find((each) => !each.needs_weights);
  const instead = ({ prompt, picture_sha256, fit, crop_x, crop_y, background }) => {
    return { engine: quick.name, prompt, picture_sha256, fit, crop_x, crop_y, background };
  };
  const answer = (change) => async () => {
    dropQuestion();
    await choose(change);
    return true;
  };
  const box = make(
    "div",
    { class: "question", role: "alert", tabindex: "-1" },
    make("p", {}, say("long", { engine: engineNamed(engine)?.label ?? engine, time })),
    make(
      "div",
      { class: "actions" },
      deedButton({ id: "quick-instead" }, answer(instead), say("long.instead", { engine: quick.label })),
      deedButton({ id: "make-anyway", class: "quiet" }, answer((wish) => ({ ...wish, confirmed: true })), say("long.anyway")),
    ),
  );
  asking.replaceChildren(box);
  box.scrollIntoView({ block: "nearest" });
  box.focus({ preventScroll: true });
}

export const dropQuestion = () => asking.replaceChildren();

/** Which engine `auto` stands for, and why. */
function sayWhy(engine) {
  if (engine.needs_weights) return say("engine.auto.ready", { engine: engine.label });
  const absent = engines.filter((each) => each.needs_weights).map(({ label }) => label);
  return say("engine.auto.absent", { engine: engine.label, model: absent.join(", ") });
}

/** Where the model that could make this clip is not ready: why, and the way to it. Else only that it has just come. */
function drawHint(asked, engine) {
  const wanted = engine.needs_weights || asked !== "auto" ? engine : engines.find((each) => each.needs_weights);
  const model = modelOf(wanted.name);
  const state = model && stateOf(model);
  const isNew = asked === "auto" && cameWithin === wanted.name;
  const shown = state !== "ready" ? state : isNew ? "new" : undefined;
  redraw(hint, [shown, asked, engine.name], fillHint, shown && { shown, asked, engine, wanted });
}

function fillHint({ shown, asked, engine, wanted }) {
  const names = { model: wanted.label, engine: engine.label };
  if (shown === "new") return [make("p", {}, say("hint.new", names))];
  const text = asked === "auto" ? say(`hint.${shown}`, names) : `${wanted.label}: ${say(`model.state.${shown}`)}`;
  const label = say(shown === "downloading" || shown === "stopping" ? "progress" : "hint.show");
  const lead = deedButton({ class: "quiet" }, () => leadToModel(wanted.name), label);
  return [make("p", {}, text), lead];
}

function askForTime() {
  clearTimeout(timer);
  timer = setTimeout(tellCost, DEBOUNCE_MS);
}

/** Time and memory it will take, where the server has an idea of them; a wish it would refuse is told of at the press. */
async function tellCost() {
  const question = ++questions;
  const { engine } = inForce();
  const isReady = !engine.needs_weights || modelOf(engine.name)?.is_ready;
  const picture = pictureHash();
  const told = picture && isReady ? await estimate({ ...readWish(), picture_sha256: picture }).catch(() => null) : null;
  if (question !== questions) return;
  const { seconds, peak_memory_gb: memory } = told ?? {};
  const parts = [];
  if (seconds) parts.push(say("plan.takes", { time: sayRange(seconds.low, seconds.high) }));
  if (memory) parts.push(say("plan.memory", { gb: memory.high.toPrecision(2) }));
  setText(takes, parts.join(" · "));
}
