// A waiting job in the form: Generate becomes Save, and what stood in the form before comes back afterwards.

import { readDraft } from "./draft.js";
import { inForce, readWish } from "./form.js";
import { deedButton, make } from "./make.js";
import { restoreDraft, reuseJob } from "./reuse.js";
import { editJob, readJob } from "./server.js";
import { adopt, subscribe } from "./watch.js";
import { say } from "./words.js";

const NAME = "i2v-edit"; // in this tab's own storage: a reload goes on with the edit, another tab has nothing to do with it

let place;
let edited = null; // `id` of the job, its `sentence`, and the draft from `before`
let hasBegun = false;
let addAsNew;

/** `generate` presses the button. */
export async function buildEdit(element, generate) {
  place = element;
  addAsNew = generate;
  subscribe(({ jobs }) => {
    const job = edited && jobs.find(({ id }) => id === edited.id);
    if (job && job.status !== "queued") tellBegun();
  });
  const kept = JSON.parse(sessionStorage.getItem(NAME) ?? "null");
  if (kept && (await readJob(kept.id).catch(() => null))?.status === "queued") begin(kept);
  else sessionStorage.removeItem(NAME);
}

export const isEdited = (id) => edited?.id === id;
export const isEditing = () => edited !== null && !hasBegun;

/** Fills the form from a job that waits. */
export async function startEdit(job) {
  const before = edited?.before ?? readDraft();
  begin({ id: job.id, sentence: job.options.prompt || say("prompt.none"), before });
  await reuseJob(job);
  document.querySelector("#prompt textarea").focus({ preventScroll: true });
}

/** Saves what the form holds, or another wish made of it. Throws the server's refusal, unless the job has begun. */
export async function saveEdit(wish) {
  try {
    adopt(await editJob(edited.id, wish), true);
  } catch (error) {
    if (error.code !== "job_begun" && error.code !== "job_unknown") throw error;
    return tellBegun();
  }
  endEdit();
}

/** Every value in force: what is back at its preset's value is a change of the job too. */
export const wholeWish = () => ({ preset: inForce().engine.default_preset, ...inForce().values, ...readWish() });

function begin(job) {
  edited = job;
  hasBegun = false;
  sessionStorage.setItem(NAME, JSON.stringify(job));
  label("queue.save");
  draw(
    say("edit.told", { sentence: job.sentence }),
    deedButton({ id: "edit-leave", class: "quiet" }, endEdit, say("edit.leave")),
  );
}

function tellBegun() {
  if (hasBegun) return;
  hasBegun = true;
  label("generate");
  draw(
    say("edit.begun", { sentence: edited.sentence }),
    deedButton({ id: "edit-add" }, () => addAsNew(), say("edit.add")),
    deedButton({ id: "edit-leave", class: "quiet" }, endEdit, say("edit.discard")),
  );
}

/** What stood in the form before comes back. */
export function endEdit() {
  if (!edited) return;
  const { before } = edited;
  edited = null;
  hasBegun = false;
  sessionStorage.removeItem(NAME);
  label("generate");
  place.replaceChildren();
  restoreDraft(before);
  document.getElementById("generate").focus({ preventScroll: true });
}

function draw(text, ...buttons) {
  place.replaceChildren(make("div", { class: "banner", role: "status" }, make("p", {}, text), make("div", { class: "actions" }, ...buttons)));
}

/** Gradio has drawn the button; only its text is ours to change. A change is of one clip, whatever the number beside it. */
function label(key) {
  document.getElementById("count-place").hidden = key !== "generate";
  const walker = document.createTreeWalker(document.getElementById("generate"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (walker.currentNode.data.trim()) walker.currentNode.data = say(key);
}
