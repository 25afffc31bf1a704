// The settings of a clip, back on the page.

import { takeWish } from "./form.js";
import { restorePicture, takeKept, tellClipProblem } from "./picture.js";
import { asProblem } from "./problem.js";
import { readRecipe } from "./server.js";
import { defaultEngine, engineNamed, say } from "./words.js";

/** Fills the page from a job as REST tells it, or from a recipe. What it was made with counts, not what its user left to
 * the app: an engine chosen automatically is named where another would be chosen today. `clip` is the name of the file
 * that the settings come from.
 *
 * Returns whether its picture is here too; where it is not, the page says so and asks for it.
 */
export function reuseJob(job, { newSeed = false, withPicture = true, clip } = {}) {
  const isStillAuto = job.engine_asked === "auto" && engineNamed("auto").name === job.engine;
  const { seed, ...others } = job.options;
  takeWish({
    engine: isStillAuto ? "auto" : job.engine,
    preset: job.preset,
    private: job.private,
    options: newSeed ? others : { seed, ...others },
  });
  document.getElementById("wish").scrollIntoView({ block: "nearest" });
  return withPicture ? takeKept(job.picture, { clip, notes: whatIsLacking(job) }) : Promise.resolve(true);
}

/** Puts back what stood on the page before, as `readDraft` told it. */
export function restoreDraft({ prompt = "", picture = null, wish = { engine: defaultEngine, preset: null, options: {} } }) {
  takeWish({ ...wish, options: { ...wish.options, prompt } });
  restorePicture(picture);
}

/** Why the same clip will not come of the settings alone. */
function whatIsLacking({ options, dropped = [], strength, start }) {
  const notes = [];
  if (!("prompt" in options)) notes.push(say("recipe.private"));
  if (dropped.length) notes.push(say("recipe.dropped", { options: dropped.join(", ") }));
  if (strength != null || start) notes.push(say("reuse.refined"));
  return notes;
}

/** Fills the page from a clip's file; what it does not bring is said, and what it cannot bring is left as it is. */
export async function reuseClip(file) {
  try {
    return await reuseJob(await readRecipe(file), { clip: file.name });
  } catch (error) {
    tellClipProblem(asProblem(error));
    return false;
  }
}
