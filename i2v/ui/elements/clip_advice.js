// What the coach says of a finished clip: what the camera did beside what it was asked, what is worth changing, with
// buttons that make it the next draft, and its course over time.

import { applyRemedy, drawAdvice } from "./advice.js";
import { plotOf } from "./clip_plot.js";
import { isWanted, subscribeToWanted, wantAdvice } from "./coach.js";
import { readDraft } from "./draft.js";
import { make, refill, sleep } from "./make.js";
import { restoreDraft, reuseJob } from "./reuse.js";
import { readMeasures } from "./server.js";
import { tellChange } from "./settings_advice.js";
import { goMaking } from "./views.js";
import { engineNamed, say } from "./words.js";

const MOST = 2;
const WAIT_MS = 300;
/** Something to press that stands below has the pointer on it. */
const ABOUT_TO_PRESS = ":has(~ * :is(a, button, summary, select, input):hover)";
/** What says of the camera's move what the line about it says. */
const ON_MOVE = ["wrong_direction", "no_camera_move", "camera_moved"];

/** The coach's words about one clip at a time and a fold with its course, as two elements; `show` takes a finished job, or
 * null. `findFilm` gives the video on show. */
export function buildClipAdvice(findFilm) {
  const words = make("div", { class: "clip-advice", role: "group", "aria-label": say("judged.label"), hidden: true });
  const lines = make("div", { class: "advice-list", "aria-live": "polite" });
  const dismiss = make("button", { type: "button", class: "quiet", on: { click: () => wantAdvice(false) } }, say("coach.off"));
  const figure = make("div");
  const course = make("details", { class: "over-time", hidden: true }, make("summary", {}, say("course.label")), figure);
  let told = null; // the job, and what is known of its clip
  let asked = 0; // of several questions on their way the last one counts
  words.append(lines, dismiss);
  subscribeToWanted(draw);
  course.addEventListener("toggle", drawCourse);

  async function show(job) {
    const question = ++asked;
    told = null;
    draw();
    if (!job) return;
    const found = await readMeasures(job.id).catch(() => null); // what cannot be measured gets no advice
    // It must not move away.
    while (question === asked && words.matches(ABOUT_TO_PRESS)) await sleep(WAIT_MS);
    if (question !== asked || !found) return;
    told = { job, ...found };
    draw();
  }

  function draw() {
    const advice = told && isWanted() ? distinct(told.advice).slice(0, MOST) : [];
    refill(lines, ...(told && isWanted() ? linesOf(told, advice) : []));
    words.hidden = !lines.hasChildNodes();
    dismiss.hidden = advice.length === 0;
    course.hidden = !told;
    drawCourse();
  }

  function drawCourse() {
    const isSeen = told && course.open;
    figure.replaceChildren(...(isSeen ? [plotOf(told, isWanted() ? told.advice : [], findFilm())] : []));
  }

  return { words, course, show };
}

/** One line for each change: of several faults with the same remedy the weightiest. */
function distinct(advice) {
  const changes = advice.map(({ code, remedy }) => (remedy ? JSON.stringify([remedy.options, remedy.prompt]) : code));
  return advice.filter((_, place) => changes.indexOf(changes[place]) === place);
}

function linesOf({ job, measures: { camera_check: check } }, advice) {
  const isSaid = advice.some(({ code }) => ON_MOVE.includes(code));
  const lines = advice.map((each) => drawAdvice(offer(each, job), (remedy, prompt) => remake(job, remedy, prompt)));
  return check && !isSaid ? [...lines, make("p", { class: "check" }, check.message)] : lines;
}

/** The button says that it makes another clip; where the engine is not here, none can be made. */
function offer({ severity, message, remedy }, { engine }) {
  if (!remedy || !engineNamed(engine)) return { severity, message };
  return { severity, message, remedy: { ...remedy, label: say("judged.again", { change: remedy.label }), change: remedy.label } };
}

/** The wish of a clip with one change, in the form, ready to be generated; what stood there can be taken back. */
async function remake(job, remedy, prompt) {
  const before = readDraft();
  goMaking();
  const arrival = reuseJob(job);
  applyRemedy(remedy, prompt);
  tellChange(say("judged.applied", { change: remedy.change }), () => restoreDraft(before));
  const generate = document.getElementById("generate");
  generate.focus({ preventScroll: true });
  await arrival; // the picture makes room for itself
  generate.scrollIntoView({ block: "nearest" });
}
