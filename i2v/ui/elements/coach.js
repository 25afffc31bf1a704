// Asks what is worth changing in the wish whenever it changes; what shows the answer reads it here. Nobody is kept from
// Generate by it.

import { inForce, readWish } from "./form.js";
import { pictureHash } from "./picture.js";
import { askCoach } from "./server.js";
import { isCoachOn } from "./words.js";

const NAME = "i2v-coach"; // "off" where somebody wants no advice
const PAUSE_MS = 600;

const readers = [];
const wantedReaders = [];
let timer = 0;
let lastAsked = null; // the form tells of changes that are none to the wish too
let questions = 0; // of several on their way the last one counts

/** Calls `reader` with each answer of the coach: `sentence`, `settings`, `picture`, lists of advice, `measures` and `camera`;
 * null where none is wanted. */
export const subscribeToAdvice = (reader) => readers.push(reader);

/** Whether the user has not switched it off; kept by the browser. */
export function isWanted() {
  if (!isCoachOn) return false;
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
  else {
    questions++; // what is on its way is not wanted any more
    tell(null);
  }
}

/** Calls `reader` with every change of the switch. */
export const subscribeToWanted = (reader) => wantedReaders.push(reader);

/** The wish may have changed. */
export function reconsider() {
  const asked = JSON.stringify(wish());
  if (!isWanted() || asked === lastAsked) return;
  lastAsked = asked;
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE_MS);
}

function wish() {
  const { prompt, ...others } = readWish();
  const picture = pictureHash();
  return {
    ...others,
    engine: inForce().engine.name,
    ...(isSentence(prompt) ? { prompt } : {}),
    ...(picture ? { picture_sha256: picture } : {}),
  };
}

/** More than a first word: letters after a space, or four Chinese signs. */
const isSentence = (text) => /\S\s+\S/.test(text.trim()) || /[\u3400-\u9fff].*[\u3400-\u9fff].*[\u3400-\u9fff].*[\u3400-\u9fff]/.test(text);

async function ask() {
  const question = ++questions;
  const answer = await askCoach(wish()).catch(() => null);
  if (question === questions) tell(answer);
}

function tell(answer) {
  for (const reader of readers) reader(answer);
}
