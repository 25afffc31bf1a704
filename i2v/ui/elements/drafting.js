// Under Generate, where several clips are wanted: the settings of drafts, which are faster, at one press; and back again.

import { wishedCount } from "./count.js";
import { inForce, setOptions } from "./form.js";
import { subscribeToForesight } from "./foresight.js";
import { deedButton, redraw } from "./make.js";
import { say } from "./words.js";

const DECISIVE = ["num_frames", "num_inference_steps"]; // for the time a clip takes, whatever its size

let before = null; // what was set when the drafts' settings were taken

/** Draws itself anew whenever the wish or the count has changed. */
export function buildDrafting(place) {
  subscribeToForesight(() => {
    const offer = findOffer();
    redraw(place, offer, drawOffer, offer);
  });
}

/** Settings to offer; none where one clip is wanted, or where drafts would not be faster. */
function findOffer() {
  const { engine, values } = inForce();
  const { draft_preset: preset, phases } = engine.way;
  if (wishedCount() < 2 || !phases.includes("refine")) return null;
  const { width, height, ...draft } = engine.presets[preset]; // any size can be a draft's
  if (DECISIVE.some((name) => values[name] > draft[name])) return { key: "way.drafting", options: draft };
  const isTaken = Object.entries(draft).every(([name, value]) => values[name] === value);
  return before && isTaken ? { key: "way.drafting.back", options: before } : null;
}

function drawOffer({ key, options }) {
  const { num_frames, num_inference_steps: steps } = options;
  const take = () => {
    const { values } = inForce();
    before = Object.fromEntries(Object.keys(options).map((name) => [name, values[name]]));
    setOptions(options);
    return true;
  };
  return [deedButton({ class: "quiet", id: "draft-fast" }, take, say(key, { num_frames, steps }))];
}
