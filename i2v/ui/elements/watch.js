// What is going on: the jobs the server knows, and which of them this tab shows. Polls, because a stream held open by each
// tab would use up the six connections a browser grants a host.

import { buildNap } from "./nap.js";
import { listClips, listJobs, Problem, readJob } from "./server.js";

const BUSY_MS = 300;
// Just after a press: a clip that takes half a second should not lie there for another third.
const EAGER_MS = 100;
const EAGER_FOR_MS = 3000;
const IDLE_MS = 3000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const RECENT = 24;
const ALL = 100;
const CLIPS = 8;

export const isActive = (job) => job.status === "queued" || job.status === "running";

const state = { jobs: [], isLoaded: false, isConnected: true };
const readers = [];
let pickedId = null; // clicked by the user
let ownId = null; // started from this tab
let lastShownId = null;
let broughtBack = []; // from further down the history than is listed
let limit = RECENT;
let listedAt = -Infinity;
let eagerUntil = -Infinity;
// Grows with each change made here: an answer to a question asked before it is old news.
let changes = 0;
const { nap, wake } = buildNap();

/** Calls `reader` with jobs, the shown one, and whether the server answers, now and at each change. */
export function subscribe(reader) {
  readers.push(reader);
  tell();
}

/** Shows this job until another is picked or started here. */
export function pick(id) {
  pickedId = id;
  tell();
  wake();
}

/** Shows a job of the past among those that belong to it, however far down the history they are. */
export function bringBack(id, jobs) {
  broughtBack = jobs;
  state.jobs = [...state.jobs, ...missing(jobs, state.jobs)];
  pick(id);
}

const missing = (jobs, present) => jobs.filter((job) => !present.some(({ id }) => id === job.id));

/** Looks at all jobs at once: something has changed for several of them. */
export function refresh() {
  changes += 1;
  broughtBack = []; // they may be what has changed
  listedAt = -Infinity;
  wake();
}

/** Takes in what the server just said of a job. */
export function adopt(job, isOwn = false) {
  changes += 1;
  if (isOwn) [ownId, pickedId, eagerUntil] = [job.id, null, performance.now() + EAGER_FOR_MS];
  put(job);
  listedAt = -Infinity;
  tell();
  wake();
}

/** Goes on for as long as the page is open. */
export async function watch() {
  for (let failures = 0; ; ) {
    try {
      await look();
      failures = 0;
      state.isConnected = true;
    } catch {
      failures += 1;
      state.isConnected = false;
    }
    tell();
    await rest(failures);
  }
}

async function look() {
  const shown = choose();
  const asked = changes;
  if (shown && isActive(shown) && performance.now() - listedAt < IDLE_MS) {
    const job = await readJob(shown.id).catch(forgetUnknown);
    if (asked !== changes) return;
    if (job) put(job);
    if (!job || !isActive(job)) listedAt = -Infinity;
  } else {
    const jobs = await listJobs(limit);
    // Many that wait, failed or were cancelled must not hide the clips made before them.
    const isFull = jobs.length === limit && jobs.filter((job) => job.video_url).length < CLIPS;
    const clips = isFull ? (await listClips({ limit: CLIPS })).jobs : [];
    if (asked !== changes) return;
    // A long queue must not hide the job at its head, which is the oldest.
    limit = jobs.length && jobs.every(isActive) ? ALL : RECENT;
    state.jobs = [...jobs, ...missing([...clips, ...missing(broughtBack, clips)], jobs)];
    state.isLoaded = true;
    listedAt = performance.now();
  }
}

function forgetUnknown(error) {
  if (error instanceof Problem && error.code === "job_unknown") return null;
  throw error;
}

function put(job) {
  const place = state.jobs.findIndex(({ id }) => id === job.id);
  if (place < 0) state.jobs = [job, ...state.jobs];
  else state.jobs = state.jobs.with(place, job);
}

/** The picked job; else the one started here while it lasts; else the one at work; else what was finished last. */
function choose() {
  const byId = (id) => state.jobs.find((job) => job.id === id);
  const own = byId(ownId);
  const active = state.jobs.filter(isActive);
  const over = state.jobs.filter((job) => !isActive(job)).sort((one, other) => finish(other) - finish(one));
  return (
    byId(pickedId) ??
    (own && isActive(own) ? own : null) ??
    active.find(({ status }) => status === "running") ??
    active.at(-1) ??
    over.find(({ id, status }) => status !== "cancelled" || id === lastShownId) ??
    null
  );
}

const finish = (job) => Date.parse(job.finished_at ?? job.created_at);

function tell() {
  const shown = choose();
  lastShownId = shown?.id ?? null;
  for (const reader of readers) reader({ ...state, shown });
}

async function rest(failures) {
  const busy = performance.now() < eagerUntil ? EAGER_MS : BUSY_MS;
  let wait = state.jobs.some(isActive) && !document.hidden ? busy : IDLE_MS;
  if (failures) wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
  else if (listedAt < 0 && !document.hidden) wait = 0;
  await nap(wait);
}
