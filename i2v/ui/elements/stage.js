// Where the picture turns into a clip: the user's picture in the dark, the preview coming up, the clip in a loop.

import { buildFilm, decodeAside } from "./film.js";
import { make } from "./make.js";
import { isActive } from "./watch.js";
import { say } from "./words.js";

/** A function that draws a job, with its `element`. */
export function buildStage() {
  const picture = make("img", { class: "picture", alt: "" });
  const preview = make("img", { class: "preview", alt: say("preview.alt") });
  const frame = make("div", { class: "frame" }, picture, preview);
  const element = make("div", { class: "stage" }, emptyState(), frame);
  let video = null;
  let shownPreview = null;

  function draw(job) {
    element.classList.toggle("is-empty", !job);
    frame.hidden = !job;
    if (!job) return;
    frame.style.setProperty("--width", job.options.width);
    frame.style.setProperty("--height", job.options.height);
    show(picture, job.picture.url);
    drawPreview(job);
    drawVideo(job);
  }

  function drawPreview({ id, progress, video_url }) {
    if (progress?.preview_url && progress.preview_url !== shownPreview) bringUp(progress.preview_url);
    // It stays under the clip until that plays; a job of another id has nothing to do with it.
    else if (!video_url && !shownPreview?.includes(id)) show(preview, null);
  }

  /** Decoded aside first, so that the old preview stays until the new one is whole. */
  function bringUp(url) {
    shownPreview = url;
    decodeAside(url).then(
      () => url === shownPreview && show(preview, url),
      () => {}, // the job was done before the preview arrived
    );
  }

  function drawVideo({ id, status, video_url }) {
    if (video && video.dataset.job !== id) {
      video.remove();
      video = null;
    }
    if (status !== "done" || !video_url || video) return;
    show(preview, shownPreview?.includes(id) ? shownPreview : null);
    video = buildFilm(video_url, { "data-job": id, controls: true, preload: "auto", "aria-label": say("clip.label") });
    frame.append(video);
  }

  return Object.assign(
    (job) => {
      element.classList.toggle("is-dark", Boolean(job) && isActive(job));
      draw(job);
    },
    { element },
  );
}

function show(image, url) {
  image.hidden = !url;
  if (url && image.getAttribute("src") !== url) image.src = url;
}

function emptyState() {
  const steps = ["empty.picture", "empty.sentence", "empty.press"].map((key) => make("li", {}, say(key)));
  return make("div", { class: "empty" }, make("strong", {}, say("empty.title")), make("ol", {}, ...steps));
}
