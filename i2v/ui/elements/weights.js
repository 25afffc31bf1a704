// The models on this computer, as the server tells: which are here, how a download gets on, what `auto` stands for.

import { buildNap } from "./nap.js";
import { readModels } from "./server.js";
import { autoEngine, takeAutoEngine } from "./words.js";

const BUSY_MS = 2000;
const IDLE_MS = 30_000;

const state = { models: [], switchedTo: null };
const readers = [];
let isLookedAt = () => false;
// Grows with each change made here: an answer to a question asked before it is old news.
let changes = 0;
const { nap, wake } = buildNap();

/** Calls `reader` with the models and the engine that `auto` has switched to while this page was open. */
export function subscribeToModels(reader) {
  readers.push(reader);
  reader(state);
}

/** Goes on for as long as the page is open; often only while somebody looks (`isOpen` says so) or a download runs. */
export async function watchModels(isOpen) {
  isLookedAt = isOpen;
  for (;;) {
    const wasBusy = state.models.some(isDownloading);
    await look();
    // One look more after the end of a download: the server finds the files a moment later.
    const isBusy = wasBusy || state.models.some(isDownloading) || isLookedAt();
    await nap(isBusy && !document.hidden ? BUSY_MS : IDLE_MS);
  }
}

/** Looks now, since something has just come into view. */
export const lookAtModels = wake;

/** Takes in what the server just said of one model. */
export function adoptModel(model) {
  changes += 1;
  state.models = state.models.map((each) => (each.engine === model.engine ? model : each));
  tell();
  wake();
}

export const modelOf = (engine) => state.models.find((model) => model.engine === engine);

export const isDownloading = ({ download }) => download.status === "running" || download.status === "cancelling";

/** What can be said of a model in a word; `model.state.…` are the sentences. */
export function stateOf({ is_ready, missing, download }) {
  if (download.status === "running") return is_ready ? "checking" : "downloading";
  if (download.status === "cancelling") return "stopping";
  if (is_ready) return "ready";
  if (download.status === "failed") return "failed";
  return missing.length ? "incomplete" : "absent";
}

async function look() {
  const asked = changes;
  try {
    const { models, auto_engine } = await readModels();
    if (asked !== changes) return;
    if (state.models.length && auto_engine !== autoEngine) state.switchedTo = auto_engine;
    state.models = models;
    takeAutoEngine(auto_engine);
    tell();
  } catch {
    // The card of the clip says when the server does not answer.
  }
}

function tell() {
  for (const reader of readers) reader(state);
}
