// Refining a finished clip: more steps from the same noise, or a larger and longer one that starts from it.

import { deedButton, make, setText } from "./make.js";
import { press } from "./press.js";
import { asProblem, clearProblem, showProblem } from "./problem.js";
import { isUnderWay, wayOf } from "./way.js";
import { engineNamed, limits, say, sayDuration } from "./words.js";

const SCALES = [1, 1.25, 1.5, 2, 2.5];
const LENGTHS = [1, 1.5, 2];
const FIRST_SCALE = 1.5;
const MOST_STEPS = 200;

/** The panel below a clip, folded; `null` where its engine is not here. For a clip by itself it holds the way too, which
 * stands open below the others. */
export function refinePanel(job, lead) {
  const engine = engineNamed(job.engine);
  if (!engine) return null;
  const asking = make("div", { class: "asking" });
  const send = (wish) => sendWish({ refine_of: job.id, ...wish }, asking);
  const ways = [];
  if ("num_inference_steps" in job.options && job.options.num_inference_steps < MOST_STEPS) ways.push(moreSteps(job, send));
  ways.push(larger(job, engine, send));
  const isAlone = !isUnderWay(job);
  const summary = make("summary", {}, say(isAlone ? "refine.label" : "refine.own"));
  const way = make("div", { class: "way-place" });
  const own = isAlone ? make("h3", {}, say("refine.own")) : null;
  const panel = make("details", { class: "refine" }, summary, way, own, make("div", { class: "ways" }, ...ways), asking);
  // Asked for only when somebody looks.
  if (isAlone) panel.addEventListener("toggle", () => way.replaceChildren(wayOf(job, { lead })), { once: true });
  return panel;
}

function moreSteps({ options }, send) {
  const steps = options.num_inference_steps;
  const wanted = Math.min(MOST_STEPS, Math.max(2 * steps, 50));
  const field = make("input", { type: "number", min: steps + 1, max: MOST_STEPS, step: 1, value: wanted });
  const result = make("p", { class: "result" });
  const draw = () => setText(result, sayResult({ ...options, num_inference_steps: field.value || "?" }));
  field.addEventListener("input", draw);
  draw();
  const deed = () => send({ num_inference_steps: field.value === "" ? null : Number(field.value) });
  return way("steps", say("refine.steps.why"), [labelled("refine.steps.field", field)], result, deed);
}

function larger({ options }, engine, send) {
  const sizes = sizesOf(options);
  const lengths = LENGTHS.map((scale) => Math.round(options.num_frames * scale)).filter((frames, place) => !place || frames <= limits.max_frames);
  const first = Math.max(0, sizes.findLastIndex(({ scale }) => scale <= FIRST_SCALE));
  const size = select(sizes.map(({ width, height }) => `${width} × ${height}`), first);
  const length = select(lengths.map((frames) => say("refine.frames", { frames, duration: sayDuration(frames / options.fps) })), 0);
  const wished = () => {
    const { width, height } = sizes[size.selectedIndex];
    return { width, height, num_frames: lengths[length.selectedIndex] };
  };
  const result = make("p", { class: "result" });
  // Exact clips begin from noise alone; nothing that starts from a draft can be one.
  const also = options.exact ? { exact: false } : {};
  const draw = () => {
    setText(result, sayResult({ ...options, ...wished() }));
    const isSame = size.selectedIndex === 0 && length.selectedIndex === 0;
    box.querySelector("button").ariaDisabled = isSame ? "true" : null;
  };
  for (const field of [size, length]) field.addEventListener("change", draw);
  const why = say(engine.starts_from_latents ? "refine.larger.why" : "refine.larger.path");
  const fields = [labelled("refine.size.field", size), labelled("refine.frames.field", length)];
  const box = way("larger", why, fields, result, () => send({ ...wished(), ...also }));
  draw();
  return box;
}

function way(name, why, fields, result, deed) {
  const button = deedButton({ class: "refine-press" }, deed, say(`refine.${name}.press`));
  const title = make("h3", {}, say(`refine.${name}.label`));
  return make("section", { "data-way": name }, title, make("p", {}, why), make("div", { class: "fields" }, ...fields), result, button);
}

/** The draft's size, then larger ones of its shape, as far as the server takes them. */
function sizesOf({ width, height }) {
  const round = (side) => 8 * Math.round(side / 8);
  return SCALES.map((scale) => ({ scale, width: round(width * scale), height: round(height * scale) })).filter(
    (size) => size.scale === 1 || Math.max(size.width, size.height) <= limits.max_resolution,
  );
}

function sayResult({ width, height, num_frames, num_inference_steps, fps }) {
  const told = [say("refine.result", { width, height, num_frames, duration: sayDuration(num_frames / fps) })];
  if (num_inference_steps) told.push(say("refine.result.steps", { steps: num_inference_steps }));
  return told.join(" · ");
}

/** Never true: the button is pressed again for another clip. Where it takes very long or may not fit, that is asked first. */
async function sendWish(wish, asking) {
  asking.replaceChildren();
  try {
    await press(wish);
  } catch (error) {
    const problem = asProblem(error);
    clearProblem(asking);
    showProblem(asking, problem);
    if (["job_long", "memory_short"].includes(problem.code)) {
      asking.append(deedButton({ class: "quiet" }, () => sendWish({ ...wish, confirmed: true }, asking), say("long.anyway")));
    }
  }
  return false;
}

const labelled = (key, field) => make("label", {}, make("span", {}, say(key)), field);

const select = (texts, chosen) =>
  make("select", {}, ...texts.map((text, place) => make("option", { selected: place === chosen }, text)));
