// One or two lines under the sentence: what is worth changing, and buttons that do it. Nobody is kept from Generate by it.

import { inForce, retypePrompt, setOptions } from "./form.js";
import { make, redraw } from "./make.js";
import { askCoach } from "./server.js";
import { isCoachOn, say } from "./words.js";

const NAME = "i2v-coach"; // "off" where somebody wants no advice
const PAUSE_MS = 600;
const MOST = 2;

const lines = make("div", { class: "lines", "aria-live": "polite" });
const dismiss = make("button", { type: "button", class: "quiet", hidden: true, on: { click: () => wantAdvice(false) } }, say("coach.off"));
const wantedReaders = [];
let field;
let timer = 0;
let lastAsked = null; // sentence and engine; the form tells of changes that are none of these too
let questions = 0; // of several on their way the last one counts
let undo = null; // what a remedy has changed: `sentence` and `negative` before, and the sentence `now`

export function buildCoach(place) {
  if (!isCoachOn) return;
  field = document.querySelector("#prompt textarea");
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", say("coach.label"));
  place.append(lines, dismiss);
  field.addEventListener("input", reconsider);
  reconsider();
}

/** Whether the user has not switched it off; kept by the browser. */
export function isWanted() {
  try {
    return localStorage.getItem(NAME) !== "off";
  } catch {
    return true; // storage is off: the switch holds as long as the page
  }
}

/** Switches advice on or off. */
export function wantAdvice(isOn) {
  try {
    localStorage.setItem(NAME, isOn ? "on" : "off");
  } catch {
    // Storage is off or full.
  }
  for (const reader of wantedReaders) reader(isOn);
  if (isOn) ask();
  else draw([]);
}

/** Calls `reader` with every change of the switch. */
export const subscribeToWanted = (reader) => wantedReaders.push(reader);

/** The sentence or its engine may have changed. */
export function reconsider() {
  if (!field) return;
  const asked = JSON.stringify([field.value, inForce().engine.name]);
  if (asked === lastAsked) return;
  lastAsked = asked;
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE_MS);
}

/** More than a first word: letters after a space, or four Chinese signs. */
const isSentence = (text) => /\S\s+\S/.test(text.trim()) || /[\u3400-\u9fff].*[\u3400-\u9fff].*[\u3400-\u9fff].*[\u3400-\u9fff]/.test(text);

async function ask() {
  const question = ++questions;
  const prompt = field.value;
  const isAsked = isWanted() && isSentence(prompt);
  const answer = isAsked ? await askCoach({ prompt, engine: inForce().engine.name }).catch(() => null) : null;
  if (question !== questions) return;
  if (isAboutToPress()) field.addEventListener("focus", ask, { once: true });
  else draw(answer?.sentence ?? []);
}

/** Generate must not be moved away under a pointer or a key by a line above it. */
const isAboutToPress = () =>
  document.activeElement !== field && document.querySelector("#press:hover, #press:focus-within") !== null;

function draw(advice) {
  const shown = advice.slice(0, MOST);
  if (undo && undo.now !== field.value) undo = null;
  dismiss.hidden = shown.length === 0;
  redraw(lines, [shown, undo?.now], drawLines, { shown });
}

const drawLines = ({ shown }) => [
  ...(undo ? [make("p", { class: "applied" }, say("coach.applied"), " ", button(say("coach.undo"), takeBack))] : []),
  ...shown.map(drawAdvice),
];

function drawAdvice({ severity, message, remedy }) {
  const line = make("div", { class: `advice ${severity}` }, make("p", {}, message));
  if (!remedy) return line;
  const prompts = [remedy.prompt, ...(remedy.others ?? [])];
  const buttons = prompts.map((prompt) => button(prompt, () => apply(prompt, remedy.negative_prompt), remedy.label));
  line.append(make("div", { class: "remedies" }, make("span", { class: "label" }, `${remedy.label}:`), ...buttons));
  return line;
}

function button(text, deed, label) {
  const name = label && `${label}: ${text}`;
  return make("button", { type: "button", class: "remedy", "aria-label": name, title: name, on: { click: deed } }, text);
}

/** Puts another sentence in place, and what is not wanted where that is asked for. */
function apply(prompt, notWanted) {
  const { negative_prompt: negative } = inForce().values;
  const moved = notWanted && negative !== undefined;
  undo = { sentence: field.value, negative: moved ? negative : undefined, now: prompt };
  if (moved) setOptions({ negative_prompt: [negative, notWanted].filter(Boolean).join(", ") });
  retypePrompt(prompt);
}

function takeBack() {
  const { sentence, negative } = undo;
  undo = null;
  if (negative !== undefined) setOptions({ negative_prompt: negative });
  retypePrompt(sentence);
}
