// Beside Generate: how many candidates a press makes.

import { keepDraft, readDraft } from "./draft.js";
import { make } from "./make.js";
import { say } from "./words.js";

const COUNTS = [1, 2, 4];

let count = 1;

/** How many clips the next press makes, each with its own seed. */
export const wishedCount = () => count;

/** `onChange` hears of another choice. */
export function buildCount(place, onChange) {
  const kept = readDraft().count;
  if (COUNTS.includes(kept)) count = kept;
  place.append(make("fieldset", {}, make("legend", {}, say("count.label")), ...COUNTS.map((number) => choice(number, onChange))));
}

function choice(number, onChange) {
  const choose = () => {
    count = number;
    keepDraft({ count });
    onChange();
  };
  const radio = make("input", { type: "radio", name: "count", value: number, checked: number === count, on: { change: choose } });
  return make("label", {}, radio, make("span", {}, String(number)));
}
