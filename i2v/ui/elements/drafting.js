// Under Generate, where several clips are wanted: the settings of drafts, which are faster, at one press; and back again.

import { wishedCount } from "./count.js";
import { inForce, setOptions } from "./form.js";
import { subscribeToForesight } from "./foresight.js";
import { deedButton, redraw } from "./make.js";
import { pictureHash } from "./picture.js";
import { estimate } from "./server.js";
import { say } from "./words.js";

const DECISIVE = ["num_frames", "num_inference_steps"]; // for the time a clip takes, whatever its size

let before = null; // what was set when the drafts' settings were taken
let questions = 0; // of several on their way the last one counts

/** Draws itself anew whenever the wish or the count has changed. */
export function buildDrafting(place) {
  subscribeToForesight(async () => {
    const question = ++questions;
    const offer = await findOffer().catch(() => null);
    if (question === questions) redraw(place, offer, drawOffer, offer);
  });
}

/** Settings to offer; none where one clip is wanted, or where drafts would not be faster. The server says which they are: the
 * shape is that of the picture, unless a size was set by hand. */
async function findOffer() {
  const { engine, values, preset } = inForce();
  if (wishedCount() < 2 || !engine.way.phases.includes("refine")) return null;
  const { width, height } = values;
  const size = width === preset.width && height === preset.height ? {} : { width, height };
  const { options } = await estimate({ engine: engine.name, draft: true, picture_sha256: pictureHash(), ...size });
  const draft = pick(options, Object.keys(engine.presets[engine.way.draft_preset]));
  const offer = (key, taken) => ({ key, options: taken, sampler: taken.sampler === values.sampler ? null : taken.sampler });
  if (DECISIVE.some((name) => values[name] > draft[name])) return offer("way.drafting", draft);
  const isTaken = Object.entries(draft).every(([name, value]) => values[name] === value);
  return before && isTaken ? offer("way.drafting.back", before) : null;
}

const pick = (options, names) => Object.fromEntries(names.map((name) => [name, options[name]]));

function drawOffer({ key, options, sampler }) {
  const { width, height, num_frames, num_inference_steps: steps } = options;
  const take = () => {
    before = pick(inForce().values, Object.keys(options));
    setOptions(options);
    return true;
  };
  const offer = say(key, { width, height, num_frames, steps });
  return [deedButton({ class: "quiet", id: "draft-fast" }, take, sampler ? say("way.drafting.sampler", { offer, sampler }) : offer)];
}
