// How a piece of advice looks, and what its buttons do. What it says comes from the server, in the reader's language.

import { inForce, readWish, retypePrompt, setOptions } from "./form.js";
import { make } from "./make.js";
import { sayValue } from "./recipe.js";
import { say } from "./words.js";

/** A line with its buttons; `apply` hears the remedy and, where it is one, the sentence that was pressed. */
export function drawAdvice({ severity, message, remedy }, apply) {
  const line = make("div", { class: `advice ${severity}` }, message ? make("p", {}, message) : null);
  if (!remedy) return line;
  const prompts = remedy.prompt === undefined ? [] : [remedy.prompt, ...(remedy.others ?? [])];
  const sentences = prompts.map((prompt) => adviceButton(prompt, () => apply(remedy, prompt), remedy.label));
  const buttons = prompts.length
    ? [make("span", { class: "label" }, say("coach.remedy", { label: remedy.label })), ...sentences]
    : [adviceButton(remedy.label, () => apply(remedy))];
  const cost = remedy.cost?.text ? make("span", { class: "cost" }, remedy.cost.text) : null;
  line.append(make("div", { class: "remedies" }, ...buttons, ...(cost ? [cost] : [])));
  return line;
}

/** A button that reads as a line of text; `label` says what it does with that text. */
export function adviceButton(text, deed, label) {
  const name = label && `${label}: ${text}`;
  return make("button", { type: "button", class: "remedy", "aria-label": name, title: name, on: { click: deed } }, text);
}

/** Puts a remedy in place; gives what takes it back (`undo`), and what it has changed in words (`text`). */
export function applyRemedy({ options = {}, negative_prompt: notWanted }, prompt) {
  const { engine, values } = inForce();
  const { prompt: sentence } = readWish();
  const isMoved = notWanted && values.negative_prompt !== undefined;
  const moved = isMoved ? { negative_prompt: [values.negative_prompt, notWanted].filter(Boolean).join(", ") } : {};
  const known = Object.entries({ ...options, ...moved }).filter(([name]) => name in values);
  const before = Object.fromEntries(known.map(([name]) => [name, values[name]]));
  if (known.length) setOptions(Object.fromEntries(known));
  if (prompt !== undefined) retypePrompt(prompt);
  const undo = () => {
    if (known.length) setOptions(before);
    if (prompt !== undefined) retypePrompt(sentence);
  };
  return { undo, text: sayChange(engine, before) };
}

/** The options that are not what they were. */
function sayChange({ options }, before) {
  const { values } = inForce();
  const isChanged = ({ name }) => name in before && before[name] !== values[name];
  const sayOne = (option) => `${option.label} ${sayValue(option, before[option.name])} → ${sayValue(option, values[option.name])}`;
  const changes = options.filter(isChanged).map(sayOne);
  return changes.length ? say("coach.applied.options", { changes: changes.join(say("coach.applied.and")) }) : say("coach.applied");
}

/** Generate must not be moved away under a pointer or a key by a line above it. */
export const isAboutToPress = () => document.querySelector("#press:hover, #press:focus-within") !== null;
