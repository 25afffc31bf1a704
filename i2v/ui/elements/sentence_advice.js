// One or two lines under the sentence: what is worth changing, and buttons that do it.

import { adviceButton, applyRemedy, drawAdvice, isAboutToPress } from "./advice.js";
import { reconsider, subscribeToAdvice, wantAdvice } from "./coach.js";
import { make, redraw } from "./make.js";
import { isCoachOn, say } from "./words.js";

const MOST = 2;

const lines = make("div", { class: "advice-list", "aria-live": "polite" });
const dismiss = make("button", { type: "button", class: "quiet", hidden: true, on: { click: () => wantAdvice(false) } }, say("coach.off"));
let field;
let told = []; // the newest advice
let change = null; // what a remedy has done: in words (`text`), how it is taken back (`undo`), and the sentence that it left (`now`)

export function buildSentenceAdvice(place) {
  if (!isCoachOn) return;
  field = document.querySelector("#prompt textarea");
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", say("coach.label"));
  place.append(lines, dismiss);
  field.addEventListener("input", reconsider);
  field.addEventListener("focus", () => draw(told));
  subscribeToAdvice((answer) => {
    told = answer?.sentence ?? [];
    if (document.activeElement === field || !isAboutToPress() || !answer) draw(told);
  });
  reconsider();
}

function draw(advice) {
  const shown = advice.slice(0, MOST);
  if (change && change.now !== field.value) change = null;
  dismiss.hidden = shown.length === 0;
  redraw(lines, [shown, change?.now], drawLines, { shown });
}

const drawLines = ({ shown }) => [
  ...(change ? [make("p", { class: "applied" }, change.text, " ", adviceButton(say("coach.undo"), takeBack))] : []),
  ...shown.map((advice) => drawAdvice(advice, apply)),
];

function apply(remedy, prompt) {
  change = { ...applyRemedy(remedy, prompt), now: prompt };
}

function takeBack() {
  const { undo } = change;
  change = null;
  undo();
}
