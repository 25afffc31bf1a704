// Rests between two looks at the server.

import { sleep } from "./make.js";

/** A rest of so many milliseconds, which `wake` cuts short; so does the tab's coming into view. */
export function buildNap() {
  let wake = () => {};
  document.addEventListener("visibilitychange", () => document.hidden || wake());
  const nap = (milliseconds) => Promise.race([sleep(milliseconds), new Promise((resolve) => (wake = resolve))]);
  return { nap, wake: () => wake() };
}
