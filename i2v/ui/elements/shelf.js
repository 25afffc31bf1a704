// Below everything: the latest clips.

import { make, refill } from "./make.js";
import { drawPoster } from "./poster.js";
import { pick, subscribe } from "./watch.js";
import { say } from "./words.js";

const CLIPS = 8;

export function buildShelf(place) {
  const drawClips = row(place, "clips", clipEntry);
  subscribe(({ jobs, shown }) => {
    drawClips(jobs.filter((job) => job.video_url).slice(0, CLIPS), shown);
  });
}

/** A titled row of jobs. Entries are made once for each state of a job, so that a poll neither flickers nor fetches. */
function row(place, name, makeEntry) {
  const list = make("ul");
  const section = make("section", { class: name, hidden: true }, make("h2", {}, say(`${name}.label`)), list);
  place.append(section);
  const entries = new Map();
  let drawn = "";
  return (jobs, shown) => {
    const keys = jobs.map((job) => [job.id, job.status, job.cancel_requested].join());
    if (keys.join(" ") !== drawn) {
      drawn = keys.join(" ");
      const kept = jobs.map((job, place) => entries.get(keys[place]) ?? make("li", {}, ...makeEntry(job)));
      entries.clear();
      keys.forEach((key, place) => entries.set(key, kept[place]));
      refill(list, ...kept);
      section.hidden = !jobs.length;
    }
    for (const button of list.querySelectorAll("[data-job]")) button.ariaPressed = String(button.dataset.job === shown?.id);
  };
}

const sentenceOf = ({ options }) => options.prompt || say("prompt.none");

function clipEntry(job) {
  const poster = make("canvas", { width: 296, height: 222 });
  drawPoster(poster, job.video_url);
  return [
    make(
      "button",
      { type: "button", class: "clip", "data-job": job.id, title: sentenceOf(job), on: { click: () => pick(job.id) } },
      poster,
      make("span", {}, sentenceOf(job)),
    ),
  ];
}
