// One's own sentences, each with the clip it made; picking one types it anew.

import { retypePrompt } from "./form.js";
import { make, refill } from "./make.js";
import { readSentences } from "./server.js";
import { clipAddress } from "./views.js";
import { say } from "./words.js";

export function buildSentences(place) {
  const list = make("ul", { class: "sentences" });
  const fold = make("details", {}, make("summary", {}, say("sentences.title")), list);
  fold.addEventListener("toggle", () => fold.open && fill(list));
  place.append(fold);
}

/** Asked for each time it is looked into: clips come and go meanwhile. */
async function fill(list) {
  const told = await readSentences().catch(() => null);
  if (!told) return;
  const rows = told.sentences.map(drawSentence);
  refill(list, ...(rows.length ? rows : [make("li", { class: "none" }, say("sentences.none"))]));
}

function drawSentence({ sentence, job_id: id, thumbnail_url: still }) {
  const picture = make("img", { src: still, alt: "", loading: "lazy", decoding: "async" });
  const link = make("a", { href: clipAddress(id), "aria-label": say("sentences.clip", { sentence }) }, picture);
  const again = make("button", { type: "button", on: { click: () => retypePrompt(sentence) } }, sentence);
  return make("li", {}, link, again);
}
