// What can be done with clips, from the gallery and from a clip's own view.

import { press } from "./press.js";
import { deleteJob, fetchZip, Problem, restoreJob } from "./server.js";
import { toast } from "./toast.js";
import { goMaking } from "./views.js";
import { say } from "./words.js";

/** Deletes clips one after the other and offers to bring all of them back; `then` is told of both. */
export async function deleteClips(ids, then) {
  const gone = [];
  try {
    for (const id of ids) {
      await deleteJob(id).catch(passUnknown); // deleted elsewhere meanwhile
      gone.push(id);
    }
  } finally {
    if (gone.length) tellGone(gone, then);
    then();
  }
}

function tellGone(ids, then) {
  const told = ids.length === 1 ? say("history.deleted") : say("history.deleted.several", { count: ids.length });
  toast(told, async () => {
    for (const id of ids) await restoreJob(id).catch(passUnknown);
    then();
  });
}

function passUnknown(error) {
  if (!(error instanceof Problem) || error.code !== "job_unknown") throw error;
}

/** Saves several clips as one archive, as a browser saves any file. */
export async function saveZip(ids) {
  const { blob, name } = await fetchZip(ids);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Makes the clip once more and shows how it gets on. It was made once, so nobody has to be asked how long it takes. */
export async function makeAgain({ options, engine, preset, picture, private: isPrivate, parent_id: parent, strength }, { newSeed }) {
  const { seed, ...others } = options;
  const settings = { ...others, ...(newSeed ? {} : { seed }), engine, preset, picture_sha256: picture.sha256, private: isPrivate };
  // One that began from another clip's latents begins there again.
  const origin = strength == null ? {} : { refine_of: parent, strength };
  await press({ ...settings, ...origin, confirmed: true });
  goMaking();
}
