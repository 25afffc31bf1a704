// What the user has begun, kept over a reload or a restart of the app.

const NAME = "i2v-draft";

/** `prompt`, `picture`, and `wish` (engine, preset, and the options set by hand) as they were left. */
export function readDraft() {
  try {
    return JSON.parse(localStorage.getItem(NAME)) ?? {};
  } catch {
    return {}; // storage is off, or holds something of another program
  }
}

export function keepDraft(change) {
  try {
    localStorage.setItem(NAME, JSON.stringify({ ...readDraft(), ...change }));
  } catch {
    // Storage is off or full: the page works all the same.
  }
}
