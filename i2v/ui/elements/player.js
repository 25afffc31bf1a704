// One clip in a loop, which can be stepped through frame by frame.

import { buildFilm } from "./film.js";
import { make, setText } from "./make.js";
import { say } from "./words.js";

/** A player for a finished job's clip, as `element`; `step(1)` shows the next frame, `step(-1)` the one before. */
export function buildPlayer({ options, video_url, thumbnail_url }) {
  const { fps, num_frames: total, width, height } = options;
  const shown = { controls: true, preload: "auto", poster: thumbnail_url, width, height, "aria-label": say("clip.label") };
  const video = buildFilm(video_url, shown);
  const counter = make("output", { class: "frame-number" });
  let frame = 0;

  const tell = (now) => {
    frame = Math.min(total - 1, Math.max(0, now));
    setText(counter, say("history.frame", { frame: frame + 1, total }));
  };
  // The middle of a frame: its edges belong to one neighbour or the other.
  const show = (wanted) => {
    tell(wanted);
    video.currentTime = (frame + 0.5) / fps;
  };
  const step = (by) => {
    video.pause();
    // Asked for the last frame twice, a film in a loop begins anew.
    if (frame + by >= 0 && frame + by < total) show(frame + by);
  };
  const atClock = () => Math.floor(video.currentTime * fps + 0.001);
  /** While it plays, the frame on the screen as the browser itself says it: the player's clock is ahead of it. */
  const follow = (_, { mediaTime }) => {
    if (!video.paused) tell(Math.round(mediaTime * fps));
    video.requestVideoFrameCallback(follow);
  };
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(follow);
  else video.addEventListener("timeupdate", () => video.paused || tell(atClock()));
  video.addEventListener("pause", () => show(atClock()));
  video.addEventListener("seeked", () => video.paused && tell(atClock()));
  tell(0);
  const button = (by, key) => make("button", { type: "button", on: { click: () => step(by) } }, say(key));
  const steps = make("div", { class: "steps" }, button(-1, "history.frame.back"), counter, button(1, "history.frame.on"));
  const element = make("div", { class: "player" }, video, steps, make("p", { class: "aside keys" }, say("history.keys")));
  element.style.setProperty("--width", width);
  element.style.setProperty("--height", height);
  return { element, step };
}
