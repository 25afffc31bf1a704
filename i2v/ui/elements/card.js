// One clip in the gallery: a still that plays while it is looked at, its sentence, its star.

import { buildFilm, isCalm } from "./film.js";
import { make, setText } from "./make.js";
import { starClip } from "./server.js";
import { clipAddress } from "./views.js";
import { say, sayDuration } from "./words.js";

const LOOK_MS = 150;

/** A card for the clip with this id; `pick` and `adopt` hear of clicks. Gives `element`, `draw` and `focus`. */
export function buildCard(id, { pick, adopt }) {
  const still = make("img", { alt: "", loading: "lazy", decoding: "async" });
  const sentence = make("span", { class: "sentence" });
  const facts = make("small");
  const frame = make("span", { class: "still" }, still);
  const link = make("a", { href: clipAddress(id), draggable: "false" }, frame, sentence, facts);
  const star = make("button", { type: "button", class: "star" });
  const box = make("input", { type: "checkbox", "aria-label": say("history.pick.one"), on: { change: () => pick(id) } });
  const chosen = make("label", { class: "pick" }, box);
  const element = make("li", { "data-job": id }, link, star, chosen);
  let clip = null;
  let isPicking = false;
  let isChosen = false;

  link.addEventListener("click", (event) => {
    if (!isPicking) return;
    event.preventDefault();
    pick(id);
  });
  star.addEventListener("click", () => starClip(id, !clip.starred).then(adopt, () => {}));
  playWhileLookedAt(element, frame, () => (clip.is_video_missing ? null : clip.video_url));

  function draw(job, { isPicking: isNow, isPicked }) {
    if (clip === job && isPicking === isNow && isChosen === isPicked) return; // one of thousands, and nothing new
    [clip, isPicking, isChosen] = [job, isNow, isPicked];
    if (!still.src) still.src = job.thumbnail_url;
    const { num_frames: total, fps, width, height } = job.options;
    setText(sentence, nameOf(job));
    setText(facts, job.is_video_missing ? say("history.gone") : `${sayDuration(total / fps)} · ${width} × ${height}`);
    element.classList.toggle("is-gone", job.is_video_missing);
    element.classList.toggle("is-picked", isPicked);
    setText(star, job.starred ? "★" : "☆");
    star.ariaPressed = String(job.starred);
    star.setAttribute("aria-label", say("history.star.one", { name: nameOf(job) }));
    star.hidden = isNow;
    chosen.hidden = !isNow;
    box.checked = isPicked;
    box.setAttribute("aria-label", say("history.pick.one", { name: nameOf(job) }));
  }

  return { element, draw, focus: () => link.focus({ preventScroll: true }) };
}

/** What people know a clip by. */
export const nameOf = ({ options, video, engine }) => options.prompt || (engine ? say("prompt.none") : video);

/** Only now is the film fetched, and nothing of it stays when nobody looks any more. */
function playWhileLookedAt(element, frame, urlOf) {
  let film = null;
  let timer = 0;
  const begin = () => {
    const url = urlOf();
    if (film || isCalm.matches || !url) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      film = buildFilm(url, { "aria-hidden": "true", tabindex: -1 });
      frame.append(film);
    }, LOOK_MS);
  };
  const end = () => {
    clearTimeout(timer);
    if (!film) return;
    film.remove();
    film.removeAttribute("src"); // lets go of decoder and connection
    film.load();
    film = null;
  };
  element.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && begin());
  element.addEventListener("pointerleave", end);
  element.addEventListener("focusin", ({ target }) => target.matches(":focus-visible") && begin());
  element.addEventListener("focusout", end);
}
