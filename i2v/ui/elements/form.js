// The wish as the controls hold it. Gradio draws the controls; here they are read, filled from presets, and sent.

import { keepDraft, readDraft } from "./draft.js";
import { appear, make, setText } from "./make.js";
import { clearProblem, showProblem } from "./problem.js";
import { autoEngine, defaultEngine, engineNamed, say, sayDuration } from "./words.js";

const chosen = { engine: defaultEngine, preset: null };
let changed = {}; // options by name, only those the user set
let isFilling = false;
let promptField;

/** Binds the controls once Gradio has drawn them. The folded ones are drawn when they are first unfolded. */
export async function buildForm() {
  promptField = (await appear("prompt")).querySelector("textarea");
  write(promptField, readDraft().prompt ?? "");
  promptField.addEventListener("input", () => keepDraft({ prompt: promptField.value }));
  document.addEventListener("input", (event) => isFilling || hear(event.target));
  fillWhenUnfolded(await appear("more"));
  showPlan();
}

/** What REST is asked for: engine, preset, sentence, and the options that differ from the preset. */
export const readWish = () => ({
  engine: chosen.engine,
  ...(chosen.preset ? { preset: chosen.preset } : {}),
  prompt: promptField.value,
  ...changed,
});

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
  showPlan();
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
    showPlan();
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

/** One line on what a press will make. */
function showPlan() {
  const engine = engineNamed(chosen.engine);
  const { width, height, num_frames, fps } = values();
  const told = { engine: engine.label, width, height, num_frames, duration: sayDuration(num_frames / fps) };
  const place = document.getElementById("plan");
  const line = place.querySelector("p") ?? place.appendChild(make("p"));
  setText(line, say("plan", told));
  const note = document.getElementById("engine-note");
  const why = chosen.engine === "auto" ? `${say("engine.auto.why", { engine: engineNamed(autoEngine).label })} ` : "";
  if (note) setText(note, why + engine.summary);
}
