// Under Generate: what a press will make and who makes it, and a question where it takes very long or does not fit.

import { inForce, leadToModel, setOptions } from "./form.js";
import { lookAhead } from "./foresight.js";
import { sayInstead, sayShort } from "./light.js";
import { deedButton, make, redraw, setText } from "./make.js";
import { pictureHash } from "./picture.js";
import { clearProblem } from "./problem.js";
import { modelOf, stateOf, subscribeToModels } from "./weights.js";
import { engineNamed, engines, say, sayDuration, sayRange } from "./words.js";

const made = make("p");
const hint = make("div", { class: "hint", role: "status" });
const asking = make("div");
let place = asking; // until there is one
let drawn = "";
let cameWithin = null; // the engine that `auto` has switched to under the reader's eyes

/** Puts the lines into the page, once the form can be read. */
export function buildPlan(element) {
  place = element;
  place.append(made, hint, asking);
  subscribeToModels(({ switchedTo }) => {
    cameWithin = switchedTo;
    drawPlan();
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
  clearProblem(place); // what was refused is not asked for any more
  lookAhead();
}

/** Asks, in place, whether a clip that takes very long shall be made all the same; `choose` gets the answer's change. */
export function askPatience({ low_minutes, high_minutes, engine }, choose) {
  const time = sayRange(60 * low_minutes, 60 * high_minutes);
  const told = say("long", { engine: engineNamed(engine)?.label ?? engine, time });
  ask(told, quicker(choose), say("long.anyway"), choose);
}

/** Asks whether a clip that does not fit into memory shall be made smaller, or be tried all the same. */
export function askRoom({ width, height, num_frames, ...short }, choose) {
  const size = { width, height, num_frames };
  const takeSize = () => {
    setOptions(size);
    return choose();
  };
  const smaller = { id: "smaller-instead", label: sayInstead(size), take: takeSize };
  ask(sayShort(short), width === null ? quicker(choose) : smaller, say("light.anyway"), choose);
}

/** The engine that always works, as an answer: for the same picture and sentence. */
function quicker(choose) {
  const quick = engines.find((each) => !each.needs_weights);
  const instead = ({ prompt, picture_sha256, fit, crop_x, crop_y, background, preprocess }) => {
    return { engine: quick.name, prompt, picture_sha256, fit, crop_x, crop_y, background, preprocess };
  };
  return { id: "quick-instead", label: say("long.instead", { engine: quick.label }), take: () => choose(instead) };
}

/** A question with the better way first and the wish as it stands second. */
function ask(told, better, anyway, choose) {
  const answer = (deed) => async () => {
    dropQuestion();
    await deed();
    return true;
  };
  const insist = () => choose((wish) => ({ ...wish, confirmed: true }));
  const box = make(
    "div",
    { class: "question", role: "alert", tabindex: "-1", on: { keydown: leaveByKey } },
    make("p", {}, told),
    make(
      "div",
      { class: "actions" },
      deedButton({ id: better.id }, answer(better.take), better.label),
      deedButton({ id: "make-anyway", class: "quiet" }, answer(insist), anyway),
    ),
  );
  asking.replaceChildren(box);
  box.scrollIntoView({ block: "nearest" });
  box.focus({ preventScroll: true });
}

function leaveByKey({ key }) {
  if (key !== "Escape") return;
  dropQuestion();
  document.getElementById("generate").focus();
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
  const shown = !model?.is_ready ? state : isNew ? "new" : undefined;
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
