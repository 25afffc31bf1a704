// All that made a clip, as rows of name and value.

import { engineNamed, say, sayIfKnown } from "./words.js";

/** Sentence first, then engine and preset, then the engine's own options in its order, and what made it. */
export function recipeRows({ engine, preset, options, made_with, parent_id, strength }) {
  const spec = engineNamed(engine);
  const rows = [[say("recipe.engine"), spec?.label ?? engine]];
  // Options changed by hand are no preset any more, and then there is no name to say.
  if (preset) rows.push([say("preset.label"), sayIfKnown(`preset.${preset}`, preset)]);
  const known = spec?.options ?? Object.keys(options).map((name) => ({ name, label: name, unit: "" }));
  for (const option of known.filter(({ name }) => name in options)) {
    const { name, label } = option;
    const row = [label, sayValue(option, options[name])];
    if (name === "prompt") rows.unshift(row);
    else rows.push(row);
  }
  if (parent_id) rows.push([say("recipe.refined"), sayOrigin(spec, strength)]);
  return [...rows, ...placeRows(made_with)];
}

/** What it was made on, and where that was not so from its beginning to its end. */
function placeRows(made_with) {
  const { device, weights_sha256: weights, continued_from: before, memory_ran_out: left } = made_with;
  const { float32_values_after_step: narrow } = made_with;
  const rows = [];
  if (device) rows.push([say("recipe.device"), sayPlace(made_with)]);
  if (before) rows.push([say("recipe.begun"), sayPlace(before)]);
  for (const { stage, plan, step } of left ?? []) {
    rows.push([say("recipe.full"), say("recipe.full.at", { stage: sayIfKnown(`stage.${stage}`, stage), plan, step })]);
  }
  if (narrow !== undefined) rows.push([say("recipe.wide"), say("recipe.wide.from", { step: narrow + 1 })]);
  if (weights) rows.push([say("recipe.weights"), weights]);
  return rows;
}

const sayPlace = ({ device, dtype, plan }) => [device, dtype, plan].filter(Boolean).join(", ");

function sayOrigin(spec, strength) {
  if (strength != null) return say("recipe.refined.latents", { percent: Math.round(100 * strength) });
  return say(spec?.starts_from_latents ? "recipe.refined.noise" : "recipe.refined.path");
}

/** The value of an option as people read it. */
export function sayValue({ name, unit }, value) {
  if (name === "fit") return sayIfKnown(`fit.${value}`, value);
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return say(value ? "yes" : "no");
  return unit === "px" ? `${value} px` : String(value);
}
