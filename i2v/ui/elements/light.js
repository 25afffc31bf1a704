// The light above Generate: whether the clip fits into memory, how long it takes, and what would fit where it does not.

import { setOptions, takeWish } from "./form.js";
import { subscribeToForesight } from "./foresight.js";
import { deedButton, make, redraw, setText } from "./make.js";
import { CROWDED_FROM, memoryInUse } from "./machine.js";
import { engineNamed, engines, say, sayApart, sayGiB, sayIfKnown, sayRange } from "./words.js";

const verdict = make("p", { class: "verdict", role: "status" });
const figures = make("p", { class: "figures" });
const wayOut = make("div", { class: "actions" });

export function buildLight(place) {
  const lamp = make("span", { class: "lamp", "aria-hidden": "true" });
  const words = make("div", { class: "words" }, verdict, figures, wayOut);
  place.append(lamp, words);
  subscribeToForesight((estimate) => {
    place.hidden = !estimate;
    place.dataset.light = estimate?.light ?? "";
    if (estimate) draw(estimate);
  });
}

/** The clip that would fit, on a button's face. */
export const sayInstead = ({ width, height, num_frames }) => say("light.use", { width, height, num_frames });

function draw(estimate) {
  const { light, plan } = estimate;
  const told = light === "amber" ? sayPlan(plan) : say(`light.${light}`);
  setText(verdict, light === "red" ? told : `${told} · ${sayTime(estimate)}`);
  setText(figures, light === "red" ? sayShortage(estimate) : sayFigures(estimate));
  redraw(wayOut, light === "red" && [estimate.instead, estimate.engine], drawWayOut, light === "red" && estimate);
}

/** Whether it fits, how long it takes and how much memory, in one line. */
export const sayVerdict = (estimate) =>
  estimate.light === "red"
    ? `${say("light.red")} · ${sayShort({ ...estimate.memory, needed_gb: estimate.memory.needed_gb.high })}`
    : `${estimate.light === "amber" ? sayPlan(estimate.plan) : say(`light.${estimate.light}`)} · ${sayTime(estimate)} · ${sayFigures(estimate)}`;

const sayPlan = (plan) => sayIfKnown(`light.amber.${plan}`, say("light.amber", { plan }));

function sayTime({ seconds }) {
  return seconds ? say("light.takes", { time: sayRange(seconds.low, seconds.high) }) : say("light.time_unknown");
}

/** Needed and free memory, and where the figures come from. */
function sayFigures({ memory, seconds, basis }) {
  const parts = [];
  if (memory) {
    const { low, high } = memory.needed_gb;
    const needed = sayGiB(low) === sayGiB(high) ? sayGiB(high) : `${sayGiB(low)}–${sayGiB(high)}`;
    const free = memory.free_gb === null ? say("light.free_unknown") : sayGiB(memory.free_gb);
    parts.push(say(`light.memory.${memory.where}`, { needed, free, basis: say(`basis.${memory.basis}`) }));
  }
  if (seconds) parts.push(say("light.time", { basis: say(`basis.${basis}`) }));
  return parts.join(" · ");
}

/** What is needed, where that figure comes from, and what there is. */
export function sayShort({ needed_gb, free_gb, total_gb, where, basis }) {
  const [needed, free] = sayApart(needed_gb, free_gb);
  return say(`light.short.${where}`, { needed, free, total: sayGiB(total_gb), basis: say(`basis.${basis}`) });
}

/** The numbers, and who holds the memory where most of it is taken. */
function sayShortage({ memory: { needed_gb, free_gb, total_gb, where, basis } }) {
  const told = sayShort({ needed_gb: needed_gb.high, free_gb, total_gb, where, basis });
  const { used, total, ours, others } = memoryInUse(where);
  if (!(used / total > CROWDED_FROM)) return told;
  const percent = Math.round((100 * used) / total);
  const key = others === null ? "light.crowded.unknown" : "light.crowded";
  return `${told}${say(key, { percent, others: sayBytesAsGiB(others), ours: sayBytesAsGiB(ours) })}`;
}

const sayBytesAsGiB = (bytes) => sayGiB((bytes ?? 0) / 2 ** 30);

function drawWayOut({ instead, engine }) {
  const quick = engines.find((each) => !each.needs_weights);
  if (instead) return [deedButton({ id: "smaller" }, () => setOptions(instead), sayInstead(instead))];
  if (engine === quick.name) return [];
  const take = () => takeWish({ engine: quick.name, options: {} });
  return [deedButton({ id: "smaller" }, take, say("long.instead", { engine: engineNamed(quick.name).label }))];
}
