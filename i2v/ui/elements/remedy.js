// What a click can do about a problem: for each code the button that its box gets. Codes that are not named here have no
// remedy in the page, and their words have to do.

import { makeAgain } from "./deeds.js";
import { clearOptionProblems, inForce, leadToModel, setOptions } from "./form.js";
import { choosePicture } from "./picture.js";
import { reuseJob } from "./reuse.js";
import { openFolder } from "./server.js";
import { goMaking } from "./views.js";
import { say } from "./words.js";

const SMALLER = 0.75;
const SIDE_STEP = 8;
const SHORTEST_SIDE = 64;

const another = (_, job) => (job ? null : { label: say("remedy.another"), deed: choosePicture });
const folder = () => ({ label: say("history.folder"), deed: () => openFolder() });
const reload = () => ({ label: say("remedy.reload"), deed: () => location.reload() });

const REMEDIES = {
  body_too_large: another,
  clip_unreadable: another,
  disk_full: folder,
  engine_unknown: reload, // the page is older than the app
  limit_exceeded: ({ option, limit }) => set(option, limit),
  option_invalid: ({ option }) => (option === "exact" ? exactly() : set(option)),
  option_unknown: reload,
  out_of_gpu_memory: smaller,
  out_of_memory: smaller,
  output_unwritable: folder,
  picture_missing: missingPicture,
  preset_unknown: reload,
  queue_full: () => ({ label: say("remedy.queue"), deed: showQueue }),
  recipe_foreign: another,
  recipe_missing: another,
  recipe_newer: another,
};
const BY_BEGINNING = { picture_: another, weights_: model };

/** `label` and `deed` of a problem's remedy, or null. It goes by the problem's code, where the problem does not name
 * another whose remedy helps. The problem may be one of a job's; without one it is of what the page holds. */
export function remedyOf({ code = "", values = {}, remedy: named }, job) {
  const beginning = Object.keys(BY_BEGINNING).find((each) => code.startsWith(each));
  return (REMEDIES[named ?? code] ?? BY_BEGINNING[beginning])?.(values, job) ?? null;
}

/** The value that an option takes: the one nearest to `wanted` or to what is typed, or what the preset has. */
function set(name, wanted) {
  const { engine, preset, values } = inForce();
  const option = engine.options.find((each) => each.name === name);
  if (!option) return null;
  const near = wanted === null ? preset[name] : nearest(engine, name, wanted ?? values[name]);
  const isNews = near !== undefined && near !== values[name];
  const label = isNews ? say("remedy.set", { option: option.label, value: near }) : say("remedy.preset", { option: option.label });
  const deed = () => {
    setOptions({ [name]: isNews ? near : null });
    clearOptionProblems();
    document.getElementById("generate").focus();
  };
  return { label, deed };
}

/** The first option that is not as an exact clip wants it, back to that. */
function exactly() {
  const { engine, values } = inForce();
  const name = Object.keys(engine.exact).find((each) => values[each] !== engine.exact[each]);
  return name ? set(name, null) : null;
}

/** What the option's own field takes; undefined where it is no number. */
function nearest({ name: engine }, name, value) {
  const field = document.querySelector(`#option--${engine}--${name} input[type='number']`);
  if (!field || !Number.isFinite(value)) return undefined;
  const [least, most, step] = [field.min, field.max, field.step].map(Number);
  const snap = value > most ? Math.floor : Math.round;
  return Math.max(least, step * snap(Math.min(value, most || value) / step));
}

/** The same clip at a size that takes about half the memory. */
function smaller(_, job) {
  const [width, height] = [job?.options.width, job?.options.height].map((side) => SIDE_STEP * Math.round((SMALLER * side) / SIDE_STEP));
  if (!(Math.min(width, height) >= SHORTEST_SIDE) || job.parent_id) return null; // a refined clip keeps the shape of its draft
  const options = { ...job.options, width, height };
  return { label: say("remedy.smaller", { width, height }), deed: () => makeAgain({ ...job, options }, { newSeed: false }) };
}

function missingPicture(_, job) {
  if (!job) return { label: say("remedy.picture"), deed: choosePicture };
  const deed = () => {
    goMaking();
    return reuseJob(job); // asks for the picture by its name
  };
  return { label: say("history.reuse"), deed };
}

function model({ engine }, job) {
  const wanted = engine ?? job?.engine;
  const deed = () => {
    goMaking();
    return leadToModel(wanted);
  };
  return wanted ? { label: say("hint.show"), deed } : null;
}

function showQueue() {
  const queue = document.getElementById("queue");
  queue.scrollIntoView({ block: "center" });
  queue.querySelector("button")?.focus({ preventScroll: true });
}
