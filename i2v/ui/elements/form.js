// The wish as the controls hold it. Gradio draws the controls; here they are read, filled from presets, and sent.

import { keepDraft, readDraft } from "./draft.js";
import { appear } from "./make.js";
import { goToModel } from "./model.js";
import { clearProblem, showProblem } from "./problem.js";
import { defaultEngine, engineNamed, engines } from "./words.js";

const REFILL_MS = 50;
const SETTLE_MS = 1000;

const chosen = { engine: defaultEngine, preset: null, private: false };
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
  const { prompt = "", wish } = readDraft();
  write(promptField, prompt);
  promptField.addEventListener("input", () => keepDraft({ prompt: promptField.value }));
  if (wish) takeWish(wish);
  document.addEventListener("input", (event) => isFilling || hear(event.target));
  fillWhenUnfolded(await appear("more"));
}

/** What REST is asked for: engine, preset, sentence, and the options that differ from the preset. */
export const readWish = () => ({
  engine: chosen.engine,
  ...(chosen.preset ? { preset: chosen.preset } : {}),
  ...(chosen.private ? { private: true } : {}),
  prompt: promptField.value,
  ...changed,
});

/** The engine asked for, the one that stands for it, all its values in force, and those of its preset alone. */
export const inForce = () => ({ asked: chosen.engine, engine: engineNamed(chosen.engine), values: values(), preset: unchanged(changed) });

/** Takes over a whole wish, be the settings unfolded or not. Options that the engine does not know are left out; one that
 * is not named gets the preset's value. */
export function takeWish({ engine, preset, private: isPrivate = false, options }) {
  chosen.private = isPrivate;
  chosen.engine = engineNamed(engine) ? engine : defaultEngine;
  const { presets } = engineNamed(chosen.engine);
  chosen.preset = preset in presets ? preset : null;
  const inPreset = unchanged(options);
  const isOwn = ([name, value]) => name !== "prompt" && isKnown(name) && value !== inPreset[name];
  changed = Object.fromEntries(Object.entries(options).filter(isOwn));
  if ("prompt" in options) write(promptField, options.prompt);
  settle(null);
}

/** Sets options that stand elsewhere on the page, by name. */
export function setOptions(options) {
  for (const [name, value] of Object.entries(options)) change(name, value);
  settle();
}

/** What `auto` stands for has changed: what was set by hand stays where the other engine knows it. */
export function followAutoEngine({ models }) {
  const { name: engine, options, presets } = engineNamed("auto");
  const isTold = models.length > 0;
  if (!isTold || chosen.engine !== "auto" || engine === standsFor) return;
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

/** Another sentence, as if it were typed: the browser's own undo takes it back. */
export function retypePrompt(sentence) {
  promptField.focus({ preventScroll: true });
  promptField.select();
  if (!document.execCommand("insertText", false, sentence)) write(promptField, sentence);
}

/** Puts a problem beside the option it speaks of, unfolding the settings if need be; elsewhere under Generate. */
export async function tellOptionProblem(problem) {
  const { name } = engineNamed(chosen.engine);
  const { option } = problem.values ?? {};
  const known = engineNamed(name).options.find((each) => each.name === option);
  const id = option === "prompt" ? "prompt" : known?.basic ? "picture" : known ? `option--${name}--${option}` : "plan";
  if (known && !known.basic) unfold();
  const place = await appear(id);
  showProblem(place, problem);
  place.scrollIntoView({ block: "nearest" });
  place.querySelector("input, textarea")?.focus();
}

export function clearOptionProblems() {
  for (const place of document.querySelectorAll("#plan, #picture, #prompt, .option")) clearProblem(place);
}

function hear(field) {
  const place = field.closest("[id^='option--'], [id^='preset--'], #engine, #private");
  if (!place) return;
  clearProblem(place);
  const [kind, , option] = place.id.split("--");
  if (kind === "engine") [chosen.engine, chosen.preset, changed] = [field.value, null, basicOf(changed)];
  if (kind === "private") chosen.private = field.checked;
  if (kind === "preset") choosePreset(field.value);
  if (kind === "option") change(option, read(field));
  settle();
}

/** After a change: kept over a reload, shown, told. */
function settle(typedIn) {
  keepDraft({ wish: { ...chosen, options: changed } });
  fill(typedIn);
  tellChange();
}

/** Whether the engine has an option of this name; before the server has told what `auto` stands for, any engine. */
function isKnown(name) {
  const candidates = chosen.engine === "auto" && !standsFor ? engines : [engineNamed(chosen.engine)];
  return candidates.some(({ options }) => options.some((option) => option.name === name));
}

/** Of some options those that stand on the page itself; every engine has them. */
function basicOf(options) {
  const isBasic = ([name]) => engines[0].options.some((option) => option.name === name && option.basic);
  return Object.fromEntries(Object.entries(options).filter(isBasic));
}

/** A preset takes back what was set by hand, where it has a word to say. */
function choosePreset(name) {
  chosen.preset = name;
  const { presets } = engineNamed(chosen.engine);
  changed = Object.fromEntries(Object.entries(changed).filter(([option]) => !(option in presets[name])));
}

function change(option, value) {
  if (value === null || value === unchanged(changed)[option]) delete changed[option];
  else changed[option] = value;
}

/** All values in force: defaults, preset, what `exact` wants, then what the user set. */
function values(own = changed) {
  const engine = engineNamed(chosen.engine);
  const defaults = Object.fromEntries(engine.options.map((option) => [option.name, option.default]));
  return { ...defaults, ...engine.presets[chosen.preset ?? engine.default_preset], ...(own.exact ? engine.exact : {}), ...own };
}

/** What options would be if nobody had set them, but for `exact`, which decides on others. */
const unchanged = ({ exact }) => ({ ...values(exact ? { exact } : {}), exact: values({}).exact });

/** Gradio draws the folded controls in several goes, and for a moment after each of them may put its own first values back
 * over ours without a sign; so they are brought in line again and again until that moment is over. */
function fillWhenUnfolded(fold) {
  let timer = 0;
  let drawnAt = 0;
  const fillDrawn = () => {
    fill();
    tellChange();
    if (performance.now() - drawnAt < SETTLE_MS) return;
    clearInterval(timer);
    timer = 0;
  };
  const observer = new MutationObserver(() => {
    drawnAt = performance.now();
    fillDrawn();
    timer ||= setInterval(fillDrawn, REFILL_MS);
  });
  observer.observe(fold.querySelector("[data-testid='accordion-content']"), { childList: true, subtree: true });
}

/** Brings the drawn controls in line with what is in force. The one being typed in is left alone. */
function fill(typedIn = document.activeElement) {
  const engine = engineNamed(chosen.engine);
  isFilling = true;
  choose(document.getElementById("engine"), chosen.engine);
  const isPrivate = document.getElementById("private");
  if (isPrivate) writeOption(isPrivate, chosen.private);
  for (const column of document.querySelectorAll(".engine-options")) column.hidden = column.id !== `engine--${engine.name}`;
  choose(document.getElementById(`preset--${engine.name}`), chosen.preset ?? engine.default_preset);
  for (const [option, value] of Object.entries(values())) {
    const place = document.getElementById(`option--${engine.name}--${option}`);
    place?.classList.toggle("is-changed", option in changed);
    if (place && !(typedIn && place.contains(typedIn))) writeOption(place, value);
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
