// How long the clip is: beside the number of frames a slider over the usual ones, and below it what they come to in seconds.

import { inForce } from "./form.js";
import { make, setText } from "./make.js";
import { limits, say } from "./words.js";

const MOST = Math.min(32, limits.max_frames);
const FEWEST = MOST > 8 ? 8 : 2;

/** Brings the slider of the engine in force in line with its field, once Gradio has drawn that; more frames are typed. */
export function drawLength() {
  const { engine, values } = inForce();
  const place = document.getElementById(`option--${engine.name}--num_frames`);
  if (!place) return;
  const length = place.querySelector(".length") ?? buildLength(place);
  const [slider, told] = length.children;
  if (document.activeElement !== slider) slider.value = values.num_frames;
  slider.setAttribute("aria-valuetext", sayLength(values));
  setText(told, sayLength(values));
}

function buildLength(place) {
  const name = say("length.slider", { fewest: FEWEST, most: MOST });
  const slider = make("input", { type: "range", min: FEWEST, max: MOST, step: 1, "aria-label": name });
  slider.addEventListener("input", (event) => {
    event.stopPropagation(); // what the form hears of is the field
    const field = place.querySelector("input[type='number']");
    field.value = slider.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  const length = make("div", { class: "length" }, slider, make("p"));
  place.append(length);
  return length;
}

function sayLength({ num_frames, fps }) {
  return say("length", { num_frames, fps, seconds: (num_frames / fps).toFixed(1) });
}
