// Where a clip stands on its way from draft to final clip, and the one step that comes next, with what it takes.

import { sayVerdict } from "./light.js";
import { deedButton, make, setText } from "./make.js";
import { takeStep } from "./press.js";
import { asProblem, problemBox, showProblem } from "./problem.js";
import { readWay } from "./server.js";
import { engineNamed, say, sayDuration } from "./words.js";

const ASKED = ["job_long", "memory_short"];

/** Whether a clip is on its way with others: one of several, or made from another. */
export const isUnderWay = (job) => job.batch !== null || job.parent_id !== null;

/** The steps, and below them the next one as soon as the clip is there. `lead` goes to another clip of the way, `then` comes
 * after a step was begun. Nothing for clips of engines that are not here. */
export function wayOf(job, { lead, then = () => {} }) {
  const engine = engineNamed(job.engine);
  if (!engine) return null;
  const steps = make("ol", { class: "stops", "aria-label": say("way.label") });
  const next = make("div", { class: "next" });
  const draw = (stops) => {
    const held = steps.contains(document.activeElement);
    steps.replaceChildren(...engine.way.phases.map((phase, place) => step(phase, place, job, stops, lead)));
    if (held) steps.querySelector("[aria-current]").focus({ preventScroll: true });
  };
  draw([]);
  look(job, next, draw, then);
  return make("div", { class: "way" }, steps, next);
}

function step(phase, place, job, stops, lead) {
  const words = [make("span", { class: "number", "aria-hidden": "true" }, String(place + 1)), make("span", {}, say(`way.${phase}`))];
  if (phase === job.phase) return make("li", { "aria-current": "step", tabindex: "-1" }, ...words);
  const stop = stops.findLast((each) => each.phase === phase);
  if (!stop) return make("li", {}, ...words);
  return make("li", {}, make("button", { type: "button", on: { click: () => lead(stop) } }, ...words));
}

async function look(job, place, draw, then) {
  try {
    const { before, after, next } = await readWay(job.id);
    draw([...before, ...after]);
    if (next) place.replaceChildren(...nextStep(job, next, then));
    else if (job.status === "done") place.replaceChildren(make("p", { class: "end" }, say("way.end")));
  } catch (error) {
    if (job.status === "done") place.replaceChildren(problemBox(asProblem(error)));
  }
}

function nextStep(job, { phase, values, choices, problem }, then) {
  if (problem) return [make("p", {}, say(`way.next.${phase}.not`)), problemBox(problem)];
  const result = make("p", { class: "result" });
  const cost = make("p", { class: "cost" });
  const asking = make("div", { class: "asking" });
  const sizes = choices.map(({ options: { width, height } }) => make("option", {}, say("way.size", { width, height })));
  const size = sizes.length > 1 ? make("select", {}, ...sizes) : null;
  const chosen = () => choices[size?.selectedIndex ?? 0];
  const show = () => {
    setText(result, sayResult(chosen().options));
    setText(cost, sayVerdict(chosen()));
    cost.dataset.light = chosen().light;
    asking.replaceChildren();
  };
  size?.addEventListener("change", show);
  show();
  const wish = () => (phase === "final" ? { width: chosen().options.width, height: chosen().options.height } : {});
  const press = deedButton({ class: "step-press" }, () => take(job, phase, wish(), asking, then), say(`way.press.${phase}`));
  const why = say(`way.next.${phase}`, { count: choices[0].count, values: values.map((each) => Number(each.toFixed(2))).join(" · ") });
  const field = size && make("label", {}, make("span", {}, say("refine.size.field")), size);
  return [make("p", {}, why), field ?? "", result, cost, make("div", { class: "actions" }, press), asking];
}

/** Never true: the step can be taken again. What takes very long or may not fit is asked about first. */
async function take(job, phase, wish, asking, then) {
  asking.replaceChildren();
  try {
    await takeStep(job.id, phase, wish);
    then();
  } catch (error) {
    const problem = asProblem(error);
    showProblem(asking, problem);
    const insist = () => take(job, phase, { ...wish, confirmed: true }, asking, then);
    if (ASKED.includes(problem.code)) asking.append(deedButton({ class: "quiet" }, insist, say("long.anyway")));
  }
  return false;
}

function sayResult({ width, height, num_frames, fps, num_inference_steps: steps }) {
  const told = [say("refine.result", { width, height, num_frames, duration: sayDuration(num_frames / fps) })];
  if (steps) told.push(say("refine.result.steps", { steps }));
  return told.join(" · ");
}
