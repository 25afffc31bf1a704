// Generate: one press, one job, however often the message has to be sent.

import { sleep } from "./make.js";
import { finishJob, refineJob, retryJob, submitBatch, submitJob, Unreachable } from "./server.js";
import { adopt } from "./watch.js";

const TRIES = 5;
const FIRST_WAIT_MS = 500;

/** Sends the wish and shows its job, the first of them where it wants a `count`. The same key goes with each try, so that a lost answer cannot make a second clip. */
export const press = ({ count = 1, ...wish }) =>
  sendOnce(async (key) => (count > 1 ? (await submitBatch({ ...wish, count }, key)).jobs : submitJob(wish, key)));

/** A job that failed or was cancelled, once more with all its settings. */
export const tryAgain = ({ id }) => sendOnce((key) => retryJob(id, key));

/** The next step from a finished clip: refined clips, or the final one. */
export const takeStep = (id, phase, change) =>
  sendOnce(async (key) => (phase === "refine" ? (await refineJob(id, change, key)).jobs : finishJob(id, change, key)));

async function sendOnce(send) {
  const key = randomKey();
  for (let tries = 1; ; tries++) {
    try {
      const jobs = [await send(key)].flat();
      for (const job of jobs) adopt(job, job === jobs[0]);
      return;
    } catch (error) {
      if (!(error instanceof Unreachable) || tries === TRIES) throw error;
      await sleep(FIRST_WAIT_MS * 2 ** (tries - 1));
    }
  }
}

/** Not `crypto.randomUUID`, which browsers withhold from pages served over plain HTTP by another machine. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
