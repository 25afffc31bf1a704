// Puts the page's live parts into the places that Gradio has laid out.

import { buildBuilder } from "./builder.js";
import { buildCandidates } from "./candidates.js";
import { buildClip } from "./clip.js";
import { reconsider } from "./coach.js";
import { buildCount, wishedCount } from "./count.js";
import { buildEdit, endEdit, isEditing, saveEdit, wholeWish } from "./edit.js";
import { takeExample } from "./example.js";
import { buildForm, clearOptionProblems, followAutoEngine, readWish, tellOptionProblem } from "./form.js";
import { lookAhead, watchForesight } from "./foresight.js";
import { buildDrafting } from "./drafting.js";
import { drawFraming } from "./framing.js";
import { drawImprovement } from "./improve.js";
import { drawLength } from "./length.js";
import { buildLibrary } from "./library.js";
import { buildLight } from "./light.js";
import { buildMachine } from "./machine.js";
import { buildLog } from "./log.js";
import { appear } from "./make.js";
import { buildModels } from "./model.js";
import { buildPicture, chosenPicture, pictureHash, pictureNeeded, tellPictureProblem } from "./picture.js";
import { reviewPictureAdvice, turnToPicture, watchPictureAdvice } from "./picture_advice.js";
import { askPatience, askRoom, buildPlan, drawPlan, dropQuestion } from "./plan.js";
import { press } from "./press.js";
import { asProblem, offerRemedies } from "./problem.js";
import { buildQueue } from "./queue.js";
import { remedyOf } from "./remedy.js";
import { reuseClip } from "./reuse.js";
import { buildSentenceAdvice } from "./sentence_advice.js";
import { buildSettingsAdvice, reviewChange } from "./settings_advice.js";
import { buildShelf } from "./shelf.js";
import { buildTop } from "./top.js";
import { isMaking, watchViews } from "./views.js";
import { watch } from "./watch.js";
import { lookAtModels, subscribeToModels, watchModels } from "./weights.js";

offerRemedies(remedyOf);
watch();
watchViews();
watchModels(() => document.getElementById("models")?.checkVisibility() ?? false);
buildTop(await appear("top"));
buildMachine(document.getElementById("machine"));
buildPicture(await appear("picture"), takeExample, followPicture, reuseClip);
await buildForm(follow);
buildSentenceAdvice(await appear("coach"));
watchPictureAdvice();
buildBuilder(await appear("builder"));
buildLight(await appear("light"));
buildSettingsAdvice(await appear("settings-advice"));
watchForesight();
subscribeToModels((told) => {
  followAutoEngine(told);
  drawFraming();
});
buildPlan(await appear("plan"));
(await appear("more")).addEventListener("click", lookAtModels);
appear("models").then(buildModels);
const clip = await appear("clip");
buildClip(clip);
buildCount(await appear("count"), lookAhead);
buildDrafting(await appear("drafting"));
lookAhead();
buildCandidates(await appear("candidates"), () => clip.scrollIntoView({ block: "nearest" }));
await buildEdit(await appear("edit"), () => generate());
buildQueue(await appear("queue"));
buildShelf(await appear("shelf"));
buildLibrary(await appear("library"));
buildLog(await appear("log"));

const button = await appear("generate");
let isBusy = false;

button.addEventListener("click", (event) => event.detail > 1 || generate()); // the second half of a double click is no wish
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && isMaking()) generate();
});
document.documentElement.dataset.ready = ""; // everything answers from here on

function followPicture() {
  drawPlan();
  turnToPicture(pictureHash());
  reconsider();
}

/** What shows what the form holds. */
function follow() {
  drawPlan();
  drawFraming();
  drawImprovement();
  drawLength();
  reviewPictureAdvice();
  reviewChange();
  reconsider();
}

/** `change` makes another wish of what the page holds, as an answer to a question does. */
async function generate(change = (wish) => wish) {
  if (isBusy) return;
  isBusy = true;
  button.setAttribute("aria-busy", "true");
  clearOptionProblems();
  dropQuestion();
  try {
    const picture = await chosenPicture();
    if (!picture) return tellPictureProblem(pictureNeeded());
    if (isEditing()) return await saveEdit(change({ ...wholeWish(), picture_sha256: picture }));
    await press(change({ ...readWish(), picture_sha256: picture, count: wishedCount() }));
    endEdit();
    clip.scrollIntoView({ block: "nearest" }); // on a phone it begins below the fold
  } catch (error) {
    tell(asProblem(error));
  } finally {
    isBusy = false;
    button.removeAttribute("aria-busy");
  }
}

function tell(problem) {
  if (problem.code === "job_long") askPatience(problem.values, generate);
  else if (problem.code === "memory_short") askRoom(problem.values, generate);
  else if (problem.code?.startsWith("picture_")) tellPictureProblem(problem);
  else tellOptionProblem(problem);
}
