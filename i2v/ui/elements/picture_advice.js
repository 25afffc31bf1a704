// One or two lines under the picture: what is wrong with it, where on it, and buttons that do something about it.

import { adviceButton, applyRemedy, drawAdvice, isAboutToPress } from "./advice.js";
import { subscribeToAdvice, wantAdvice } from "./coach.js";
import { inForce } from "./form.js";
import { pictureRect, stageNow } from "./framing.js";
import { stepsNow, subscribeToSteps } from "./improve.js";
import { appear, make, redraw } from "./make.js";
import { isCoachOn, say } from "./words.js";

const MOST = 2;
const FEW = 4; // outlines of one advice with a number each; of more, as of the lines of a page, the first has it
// What each step of the improvement has seen to.
const MENDED = { noisy: "denoise", blurred: "sharpen", low_contrast: "contrast", too_small: "enlarge", borders: "crop", off_centre: "place" };

const lines = make("div", { class: "advice-list", "aria-live": "polite" });
const dismiss = make("button", { type: "button", class: "quiet", hidden: true, on: { click: () => wantAdvice(false) } }, say("coach.off"));
const place = make("div", { class: "picture-advice", role: "group", "aria-label": say("faults.label") }, lines, dismiss);
let told = []; // the newest advice
let subject = null; // the hash of the picture that it is about
const hidden = new Set(); // codes whose outlines are not wanted
let change = null; // what a remedy has done: in words (`text`), `undo` takes it back, `now` are the options that it left

/** The place of the lines; they come once the coach has looked. */
export function pictureAdvice() {
  return isCoachOn ? place : "";
}

/** Listens to the coach. */
export function watchPictureAdvice() {
  subscribeToAdvice((answer) => {
    told = answer?.picture ?? [];
    if (!isAboutToPress() || !answer) draw();
  });
  subscribeToSteps(draw);
  appear("press").then((press) => {
    press.addEventListener("pointerleave", draw);
    press.addEventListener("focusout", () => setTimeout(draw));
  });
}

/** Another picture is shown: what was said of the one before goes at once. */
export function turnToPicture(hash) {
  if (hash === subject) return;
  subject = hash;
  told = [];
  hidden.clear();
  draw();
}

/** Picture, framing or options may have changed. */
export function reviewPictureAdvice() {
  if (change && change.now !== optionsNow()) change = null;
  draw();
}

const optionsNow = () => JSON.stringify({ ...inForce().values, prompt: "" });

function draw() {
  const left = told.filter(({ code }) => !(MENDED[code] in stepsNow())).slice(0, MOST);
  let placed = 0; // only what has a place is numbered
  const shown = left.map((advice) => (advice.where ? { ...advice, number: (placed += 1) } : advice));
  dismiss.hidden = shown.length === 0;
  redraw(lines, [shown, change?.text], drawLines, { shown });
  outline(shown);
}

const drawLines = ({ shown }) => [
  ...(change ? [make("p", { class: "applied" }, change.text, " ", adviceButton(say("coach.undo"), takeBack))] : []),
  ...shown.map(drawLine),
];

/** A line, with the number of its outlines where it has some. */
function drawLine(advice) {
  const { code, number, where } = advice;
  const line = drawAdvice(advice, apply);
  if (!where) return line;
  const light = (isOn) => () => lightUp(number, isOn);
  const toggle = () => {
    if (!hidden.delete(code)) hidden.add(code);
    button.ariaPressed = String(!hidden.has(code));
    draw();
  };
  const label = say("faults.where", { number });
  const attributes = { type: "button", class: "number", "aria-label": label, title: label, "aria-pressed": String(!hidden.has(code)) };
  const button = make("button", { ...attributes, on: { click: toggle } }, make("span", {}, String(number)));
  line.classList.add("is-placed");
  line.prepend(button);
  const listeners = { pointerenter: true, pointerleave: false, focusin: true, focusout: false };
  for (const [event, isOn] of Object.entries(listeners)) line.addEventListener(event, light(isOn));
  return line;
}

const lightUp = (number, isOn) => {
  for (const box of document.querySelectorAll(`#picture .fault[data-number='${number}']`)) box.classList.toggle("is-lit", isOn);
};

/** Draws the boxes over the picture, wherever in the stage it lies. */
function outline(shown) {
  const stage = stageNow();
  if (!stage) return;
  stage.querySelector(".faults")?.remove();
  const placed = shown.filter(({ code, where }) => where && !hidden.has(code));
  if (!placed.length) return;
  const boxes = placed.flatMap(({ number, severity, where }) => where.map((box, at) => drawBox(box, number, severity, at === 0 || where.length <= FEW)));
  const sheet = make("div", { class: "faults", "aria-hidden": "true" }, ...boxes);
  for (const [side, share] of Object.entries(pictureRect(stepsNow().crop))) sheet.style[side] = `${100 * share}%`;
  stage.append(sheet);
}

function drawBox([left, top, width, height], number, severity, isNumbered) {
  const badge = isNumbered ? make("span", {}, String(number)) : null;
  const box = make("div", { class: `fault ${severity}`, "data-number": number }, badge);
  for (const [side, share] of Object.entries({ left, top, width, height })) box.style[side] = `${100 * share}%`;
  return box;
}

/** What the remedy was for goes at once; the server's next answer says what is left. */
function apply(remedy) {
  told = told.filter((advice) => advice.remedy?.label !== remedy.label);
  change = { ...applyRemedy(remedy), now: optionsNow() };
  draw();
}

function takeBack() {
  const { undo } = change;
  change = null;
  undo();
  draw();
}
