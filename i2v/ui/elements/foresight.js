// What the wish on the page would take, asked of the server whenever the wish, the picture, the clips or the machine change.

import { wishedCount } from "./count.js";
import { inForce, readWish } from "./form.js";
import { pictureHash } from "./picture.js";
import { estimate } from "./server.js";
import { subscribe } from "./watch.js";
import { modelOf } from "./weights.js";

const DEBOUNCE_MS = 300;

const readers = [];
let told = null; // the newest answer; null where the wish cannot be judged, as without its model
let timer = 0;
let questions = 0; // of several on their way the last one counts
let newestClip; // learned from: the estimate gets better with each

/** Calls `reader` with the server's estimate, or null, now and at each change. */
export function subscribeToForesight(reader) {
  readers.push(reader);
  reader(told);
}

/** Begins to look ahead, once the form can be read. */
export function watchForesight() {
  subscribe(({ jobs }) => {
    const newest = jobs.find(({ status }) => status === "done")?.id;
    if (newest !== newestClip) lookAhead();
    newestClip = newest;
  });
}

/** Something that the estimate depends on has changed. */
export function lookAhead() {
  clearTimeout(timer);
  timer = setTimeout(ask, DEBOUNCE_MS);
}

/** A wish that the server would refuse is told of at the press, not here. */
async function ask() {
  const question = ++questions;
  const { engine } = inForce();
  const isReady = !engine.needs_weights || modelOf(engine.name)?.is_ready;
  const picture = pictureHash();
  const wish = { ...readWish(), count: wishedCount(), ...(picture ? { picture_sha256: picture } : {}) };
  const answer = isReady ? await estimate(wish).catch(() => null) : null;
  if (question !== questions) return;
  told = answer;
  for (const reader of readers) reader(told);
}
