// The settings of a clip, back on the page.

import { takeWish } from "./form.js";
import { takeKept } from "./picture.js";
import { engineNamed } from "./words.js";

/** Fills the page from a job as REST tells it, or from a recipe. What it was made with counts, not what its user left to
 * the app: an engine chosen automatically is named where another would be chosen today.
 *
 * Returns whether its picture is here too; where it is not, the page says so and asks for it.
 */
export function reuseJob(job, { newSeed = false, withPicture = true } = {}) {
  const isStillAuto = job.engine_asked === "auto" && engineNamed("auto").name === job.engine;
  const { seed, ...others } = job.options;
  takeWish({
    engine: isStillAuto ? "auto" : job.engine,
    preset: job.preset,
    options: newSeed ? others : { seed, ...others },
  });
  document.getElementById("wish").scrollIntoView({ block: "nearest" });
  return withPicture ? takeKept(job.picture) : Promise.resolve(true);
}
