// Under the light, whether the settings are folded or not: what of them does not go together, buttons that bring it in
// line and say what that costs, and the way back from such a change.

import { adviceButton, applyRemedy, drawAdvice, isAboutToPress } from "./advice.js";
import { subscribeToAdvice, wantAdvice } from "./coach.js";
import { inForce } from "./form.js";
import { appear, make, redraw } from "./make.js";
import { say } from "./words.js";

const MOST = 2;

const lines = make("div", { class: "advice-list", "aria-live": "polite" });
const dismiss = make("button", { type: "button", class: "quiet", hidden: true, on: { click: () => wantAdvice(false) } }, say("coach.off"));
let told = []; // the newest advice
let balanced = null; // the one remedy for all of it
let change = null; // `text` says what was set, `undo` takes it back, `now` are the settings that it left

export function buildSettingsAdvice(place) {
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", say("coach.settings"));
  place.append(lines, dismiss);
  subscribeToAdvice((answer) => {
    told = answer?.settings ?? [];
    balanced = answer?.measures.settings.balanced ?? null;
    if (!isAboutToPress() || !answer) draw();
  });
  appear("press").then((press) => {
    press.addEventListener("pointerleave", draw);
    press.addEventListener("focusout", () => setTimeout(draw));
  });
}

/** Says that settings were set, with a way back for as long as they stay as they are now. */
export function tellChange(text, undo) {
  change = { text, undo, now: settingsNow() };
  draw();
}

/** The settings may have been changed by hand. */
export function reviewChange() {
  if (change && change.now !== settingsNow()) {
    change = null;
    draw();
  }
}

const settingsNow = () => JSON.stringify({ ...inForce().values, prompt: "" });

function draw() {
  const shown = told.slice(0, MOST);
  const all = told.length > 1 ? balanced : null;
  dismiss.hidden = shown.length === 0;
  redraw(lines, [shown, all, change?.text], drawLines, { shown, all });
}

const drawLines = ({ shown, all }) => [
  ...(change ? [make("p", { class: "applied" }, change.text, " ", adviceButton(say("coach.undo"), takeBack))] : []),
  ...shown.map((advice) => drawAdvice(advice, apply)),
  ...(all ? [drawAdvice({ severity: "all", remedy: all }, apply)] : []),
];

/** What the remedy was for goes at once; the server's next answer says what is left. */
function apply(remedy) {
  told = told.filter((advice) => advice.remedy !== remedy && remedy !== balanced);
  const { text, undo } = applyRemedy(remedy);
  tellChange(text, undo);
}

function takeBack() {
  const { undo } = change;
  change = null;
  undo();
  draw();
}
