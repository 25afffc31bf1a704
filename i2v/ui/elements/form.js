// The wish as the controls hold it. Gradio draws the controls; here they are read, filled from presets, and sent.

import { keepDraft, readDraft } from "./draft.js";
import { appear } from "./make.js";
import { goToModel } from "./model.js";
import { clearProblem, showProblem } from "./problem.js";
import { defaultEngine, engineNamed } from "./words.js";

const chosen = { engine: defaultEngine, preset: null };
let standsFor = null; // the engine that `auto` was last filled in for
let changed = {}; // options by name, only those the user set
let isFilling = false;
let promptField;
let tellChange = () => {};

/** Binds the controls once Gradio has drawn them. The folded ones are drawn when they are first unfolded; `onChange` hears
 * of that and of every change. */
export async function buildForm(onChange) {
  tellChange = onChange;
  promptField = (await appear("prompt")).querySelector("textarea");
  write(promptField, readDraft().prompt ?? "");
  promptField.addEventListener("input", () => keepDraft({ prompt: promptField.value }));
  document.addEventListener("input", (event) => isFilling || hear(event.target));
  fillWhenUnfolded(await appear("more"));
}

/** What REST is asked for: engine, preset, sentence, and the options that differ from the preset. */
export const readWish = () => ({
  engine: chosen.engine,
  ...(chosen.preset ? { preset: chosen.preset } : {}),
  prompt: promptField.value,
  ...changed,
});

/** The engine asked for, the one that stands for it, and all its values in force. */
export const inForce = () => ({ asked: chosen.engine, engine: engineNamed(chosen.engine), values: values() });

/** What `auto` stands for has changed: what was set by hand stays where the other engine knows it. */
export function followAutoEngine() {
  const { name: engine, options, presets } = engineNamed("auto");
  if (chosen.engine !== "auto" || engine === standsFor) return;
  standsFor = engine;
  if (!(chosen.preset in presets)) chosen.preset = null;
  changed = Object.fromEntries(Object.entries(changed).filter(([name]) => options.some((option) => option.name === name)));
  fill();
}

/** Unfolds the settings at the card of an engine's model. */
export async function leadToModel(engine) {
  unfold();
  await appear(`model--${engine}`);
  goToModel(engine);
}

/** The sentence of an example, ready to be changed. */
export function takePrompt(sentence) {
  write(promptField, sentence);
  promptField.focus({ preventScroll: true });
}

/** Puts a problem beside the option it speaks of, unfolding the settings if need be; elsewhere under Generate. */
export async function tellOptionProblem(problem) {
  const { name } = engineNamed(chosen.engine);
  const { option } = problem.values ?? {};
  const id = option === "prompt" ? "prompt" : `option--${name}--${option}`;
  const known = engineNamed(name).options.some((each) => each.name === option);
  if (known && option !== "prompt") unfold();
  const place = known ? await appear(id) : document.getElementById("plan");
  showProblem(place, problem);
  place.scrollIntoView({ block: "nearest" });
  place.querySelector("input, textarea")?.focus();
}

export function clearOptionProblems() {
  for (const place of document.querySelectorAll("#plan, #prompt, .option")) clearProblem(place);
}

function hear(field) {
  const place = field.closest("[id^='option--'], [id^='preset--'], #engine");
  if (!place) return;
  clearProblem(place);
  const [kind, , option] = place.id.split("--");
  if (kind === "engine") [chosen.engine, chosen.preset, changed] = [field.value, null, {}];
  if (kind === "preset") choosePreset(field.value);
  if (kind === "option") change(option, read(field));
  fill();
  tellChange();
}

/** A preset takes back what was set by hand, where it has a word to say. */
function choosePreset(name) {
  chosen.preset = name;
  const { presets } = engineNamed(chosen.engine);
  changed = Object.fromEntries(Object.entries(changed).filter(([option]) => !(option in presets[name])));
}

function change(option, value) {
  if (value === null || value === values({})[option]) delete changed[option];
  else changed[option] = value;
}

/** All values in force: defaults, preset, then what the user set. */
function values(own = changed) {
  const engine = engineNamed(chosen.engine);
  const defaults = Object.fromEntries(engine.options.map((option) => [option.name, option.default]));
  return { ...defaults, ...engine.presets[chosen.preset ?? engine.default_preset], ...own };
}

/** Gradio draws the folded controls in several goes; until it rests, each go is brought in line. */
function fillWhenUnfolded(fold) {
  const observer = new MutationObserver(() => {
    fill();
    tellChange();
  });
  observer.observe(fold.querySelector("[data-testid='accordion-content']"), { childList: true, subtree: true });
}

/** Brings the drawn controls in line with what is in force. The one being typed in is left alone. */
function fill() {
  const engine = engineNamed(chosen.engine);
  isFilling = true;
  for (const column of document.querySelectorAll(".engine-options")) column.hidden = column.id !== `engine--${engine.name}`;
  choose(document.getElementById(`preset--${engine.name}`), chosen.preset ?? engine.default_preset);
  for (const [option, value] of Object.entries(values())) {
    const place = document.getElementById(`option--${engine.name}--${option}`);
    place?.classList.toggle("is-changed", option in changed);
    if (place && !place.contains(document.activeElement)) writeOption(place, value);
  }
  isFilling = false;
}

function writeOption(place, value) {
  const field = place.querySelector("input, textarea");
  if (field.type === "radio") choose(place, value);
  else if (field.type === "checkbox") field.checked === value || field.click();
  else write(field, value ?? "");
}

function choose(place, value) {
  const field = [...(place?.querySelectorAll("input") ?? [])].find((each) => each.value === value);
  if (field && !field.checked) field.click();
}

/** Writes as a hand would: Gradio keeps the value it heard of, not the one in the field. */
function write(field, value) {
  if (field.value === String(value)) return;
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** The field's value; null while it is empty, so that the preset holds. */
function read(field) {
  if (field.type === "checkbox") return field.checked;
  if (field.type !== "number") return field.value;
  return field.value === "" ? null : Number(field.value);
}

function unfold() {
  const fold = document.querySelector("#more > button");
  if (!fold.classList.contains("open")) fold.click();
}
