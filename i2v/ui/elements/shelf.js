// Below everything: the latest clips, and the way to all of them.

import { make, refill } from "./make.js";
import { allClips } from "./views.js";
import { pick, subscribe } from "./watch.js";
import { say } from "./words.js";

const CLIPS = 8;

/** Entries are made once for each clip, so that a poll neither flickers nor fetches. */
export function buildShelf(place) {
  const list = make("ul");
  const head = make("div", { class: "head" }, make("h2", {}, say("clips.label")), make("a", { href: allClips }, say("history.all")));
  const section = make("section", { class: "clips", hidden: true }, head, list);
  place.append(section);
  const entries = new Map();
  let drawn = "";
  subscribe(({ jobs, shown }) => {
    const clips = jobs.filter((job) => job.video_url).slice(0, CLIPS);
    const ids = clips.map(({ id }) => id);
    if (ids.join() !== drawn) {
      drawn = ids.join();
      const kept = clips.map((job) => entries.get(job.id) ?? make("li", {}, clipEntry(job)));
      entries.clear();
      ids.forEach((id, place) => entries.set(id, kept[place]));
      refill(list, ...kept);
      section.hidden = !clips.length;
    }
    for (const button of list.querySelectorAll("[data-job]")) button.ariaPressed = String(button.dataset.job === shown?.id);
  });
}

function clipEntry(job) {
  const sentence = job.options.prompt || say("prompt.none");
  return make(
    "button",
    { type: "button", class: "clip", "data-job": job.id, title: sentence, on: { click: () => pick(job.id) } },
    make("img", { src: job.thumbnail_url, alt: "", loading: "lazy", width: 296, height: 222 }),
    make("span", {}, sentence),
  );
}
