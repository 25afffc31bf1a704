// Puts the page's live parts into the places that Gradio has laid out.

import { buildClip } from "./clip.js";
import { buildForm, clearOptionProblems, readWish, takePrompt, tellOptionProblem } from "./form.js";
import { appear } from "./make.js";
import { buildPicture, chosenPicture, pictureNeeded, tellPictureProblem } from "./picture.js";
import { press } from "./press.js";
import { asProblem } from "./problem.js";
import { buildShelf } from "./shelf.js";
import { buildTop } from "./top.js";
import { watch } from "./watch.js";

watch();
buildTop(await appear("top"));
buildPicture(await appear("picture"), takePrompt);
await buildForm();
const clip = await appear("clip");
buildClip(clip);
buildShelf(await appear("shelf"));

const button = await appear("generate");
let isBusy = false;

button.addEventListener("click", (event) => event.detail > 1 || generate()); // the second half of a double click is no wish
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) generate();
});
document.documentElement.dataset.ready = ""; // everything answers from here on

async function generate() {
  if (isBusy) return;
  isBusy = true;
  button.setAttribute("aria-busy", "true");
  clearOptionProblems();
  try {
    const picture = await chosenPicture();
    if (!picture) return tellPictureProblem(pictureNeeded());
    await press({ ...readWish(), picture_sha256: picture });
    clip.scrollIntoView({ block: "nearest" }); // on a phone it begins below the fold
  } catch (error) {
    tell(asProblem(error));
  } finally {
    isBusy = false;
    button.removeAttribute("aria-busy");
  }
}

function tell(problem) {
  if (problem.code?.startsWith("picture_")) tellPictureProblem(problem);
  else tellOptionProblem(problem);
}
