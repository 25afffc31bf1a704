// Which view of the page is shown: making a clip, all clips, or one of them. The address says it, so that a link leads there
// and the browser's way back goes back. Views are hidden, not destroyed: what was typed stays, and so does the place in a list.

import { say } from "./words.js";

const ALL_CLIPS = "#/clips";

const readers = [];
const places = new Map(); // how far each view was scrolled
let shown = read();

/** Calls `reader` with the view's `name` (`make`, `clips`, `clip`) and, for a clip, its job's `id`: now and at each change. */
export function subscribeToView(reader) {
  readers.push(reader);
  reader(shown);
}

export const allClips = ALL_CLIPS;
export const clipAddress = (id) => `${ALL_CLIPS}/${id}`;
/** What the window is called where nothing else is to be said. */
export const pageTitle = () => (isMaking() ? say("app.title") : `${say("nav.clips")} · ${say("app.title")}`);
export const isMaking = () => shown.name === "make";

/** Leads to the view where clips are made. */
export function goMaking() {
  location.hash = "#/";
  follow(); // at once: what comes next may want to scroll there
}

export function goToClips() {
  location.hash = ALL_CLIPS;
}

export function watchViews() {
  document.documentElement.dataset.view = shown.name;
  addEventListener("hashchange", follow);
  addEventListener("scroll", () => places.set(shown.name, scrollY), { passive: true });
}

function read() {
  const [, id] = /^#\/clips\/(\w{1,64})$/.exec(location.hash) ?? [];
  if (id) return { name: "clip", id };
  return { name: location.hash === ALL_CLIPS ? "clips" : "make" };
}

function follow() {
  const next = read();
  if (next.name === shown.name && next.id === shown.id) return;
  const at = next.name === "clip" ? 0 : (places.get(next.name) ?? 0);
  shown = next;
  document.documentElement.dataset.view = next.name;
  for (const reader of readers) reader(next);
  scrollTo({ top: at, behavior: "instant" });
}
