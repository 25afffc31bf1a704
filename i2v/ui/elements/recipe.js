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
  const { device, dtype, weights_sha256: weights } = made_with;
  if (device) rows.push([say("recipe.device"), [device, dtype].filter(Boolean).join(", ")]);
  if (weights) rows.push([say("recipe.weights"), weights]);
  return rows;
}

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
