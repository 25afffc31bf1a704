// The picture made better before its clip: the switch, one line of what that does to this picture, and the comparison.

import { dropComparison, showComparison } from "./compare.js";
import { inForce, setOptions } from "./form.js";
import { reframe } from "./framing.js";
import { make, setText } from "./make.js";
import { readImprovement } from "./server.js";
import { say } from "./words.js";

const PAUSE_MS = 300;
const DECIDING = ["width", "height", "fit", "crop_x", "crop_y"];
const PERCENT = 100;

let shown = null; // switch and line of the zone, and its picture, while it has one
let asked = ""; // what the newest question was about; empty while the switch is off
let steps = {}; // what is done to the picture shown
let timer = 0;
let tellSteps = () => {};

/** Switch and line for a picture with its `sha256`, `width` and `height`. */
export function buildImprovement(picture) {
  const field = make("input", { type: "checkbox", role: "switch", on: { change: () => setOptions({ preprocess: field.checked }) } });
  const line = make("p", { role: "status" });
  shown = { field, line, picture };
  forget();
  drawImprovement();
  return make("div", { class: "improve" }, make("label", {}, field, make("span", {}, say("improve.label"))), line);
}

/** There is no picture, or it is still on its way. */
export function dropImprovement() {
  shown = null;
  forget();
}

/** Calls `reader` whenever something else is done to the picture. */
export const subscribeToSteps = (reader) => (tellSteps = reader);

/** What is done to the picture shown, by step. */
export const stepsNow = () => steps;

/** The form may have changed. */
export function drawImprovement() {
  if (!shown) return;
  const { values } = inForce();
  shown.field.checked = Boolean(values.preprocess);
  if (!values.preprocess) {
    if (asked) forget();
    setText(shown.line, say("improve.hint"));
    return;
  }
  const query = new URLSearchParams(DECIDING.map((name) => [name, values[name]])).toString();
  const question = `${shown.picture.sha256} ${query}`;
  if (question === asked) return;
  asked = question;
  clearTimeout(timer);
  setText(shown.line, say("improve.looking"));
  timer = setTimeout(() => look(question, query), PAUSE_MS);
}

async function look(question, query) {
  const { picture } = shown;
  const told = await readImprovement(picture.sha256, query).catch(() => null);
  if (question !== asked || !shown) return;
  setText(shown.line, told ? sayImprovement(told.steps) : say("improve.failed"));
  take(told?.steps ?? {});
  if (told?.after) showComparison(told);
  else dropComparison();
}

/** As the picture came. */
function forget() {
  clearTimeout(timer);
  asked = "";
  dropComparison();
  take({});
}

function take(now) {
  steps = now;
  if (shown) {
    const [, , width, height] = steps.crop ?? [0, 0, shown.picture.width, shown.picture.height];
    reframe({ width, height }, steps.place);
  }
  tellSteps();
}

function sayImprovement({ crop, place, denoise, sharpen, contrast, enlarge }) {
  const told = [
    crop && say("improve.crop"),
    place && say("improve.place"),
    denoise && say("improve.denoise"),
    sharpen && say("improve.sharpen"),
    contrast && say("improve.contrast", { percent: Math.round(PERCENT * (contrast.gain - 1)) }),
    enlarge && say("improve.enlarge", { factor: Number(enlarge.factor.toFixed(1)) }),
  ].filter(Boolean);
  return told.length ? told.join(say("improve.separator")) : say("improve.nothing");
}
