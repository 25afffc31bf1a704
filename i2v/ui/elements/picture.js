// The picture: dropped anywhere on the page, pasted, chosen from a file, or one of the examples. It goes to the server at
// once, so that Generate has nothing left to wait for. A clip that comes the same ways brings its settings instead.

import { keepDraft, readDraft } from "./draft.js";
import { background, buildFraming, centreCrop, dropFraming } from "./framing.js";
import { buildImprovement, dropImprovement } from "./improve.js";
import { make, refill } from "./make.js";
import { pictureAdvice } from "./picture_advice.js";
import { asProblem, clearProblem, showProblem } from "./problem.js";
import { Problem, sizeOfPicture, takePicture } from "./server.js";
import { examples, say } from "./words.js";

// Fingers drag nothing out of another window and press no Ctrl.
const canDrop = matchMedia("(any-pointer: fine)").matches;

let place;
let tellChange = () => {};
let takeClip = () => {};
let taken = null; // what the server keeps: sha256, url, width, height, notices, and the file's name
let source = null; // the file it came from, until the page is left: transparent parts are filled from it
let arrival = Promise.resolve();
let missing = null; // the hash of a clip's own picture that is not here
let turns = 0; // of several files in quick succession the last one counts
const chooser = make("input", { type: "file", accept: "image/*,.heic,.heif,.avif,video/mp4,.mp4", hidden: true, id: "picture-file" });

/** Builds the zone; `onExample` hears of an example that was clicked, `onChange` of another picture, `onClip`
 * of a clip that came instead of one. */
export function buildPicture(element, onExample, onChange, onClip) {
  place = element;
  [tellChange, takeClip] = [onChange, onClip];
  chooser.addEventListener("change", () => {
    if (chooser.files.length) take(chooser.files[0]);
    chooser.value = ""; // the same file may be chosen again
  });
  place.append(
    make("h2", {}, say("picture.label")),
    chooser,
    make("div", { class: "zone" }),
    exampleRow(onExample),
  );
  listenToPage();
  taken = readDraft().picture ?? null;
  show(taken?.url);
}

/** The hash of the picture to start from, once it has arrived; null where there is none. */
export async function chosenPicture() {
  await arrival;
  return taken?.sha256 ?? null;
}

/** Opens the browser's own dialog. */
export const choosePicture = () => chooser.click();

/** The hash of the picture that is here already. */
export const pictureHash = () => taken?.sha256 ?? null;

/** Takes a picture that the server has already, as that of an earlier clip, whose file may have a name; `notes` are said
 * with it. Whether it is still there. */
export function takeKept({ sha256, url }, { clip, notes = [] } = {}) {
  const turn = ++turns;
  const name = clip ? say("picture.of", { clip }) : say("picture.kept");
  const here = bringKept({ sha256, url, name, notices: notes.map((text) => ({ text })) }, turn);
  arrival = here;
  return here;
}

/** Shows what is wrong with a clip that was to bring its settings; the picture stays. */
export function tellClipProblem(problem) {
  showProblem(place, problem);
}

/** Takes back what stood here before, or nothing. */
export function restorePicture(picture) {
  turns += 1;
  clearProblem(place);
  put(picture);
}

/** Shows what is wrong with the picture, and leads there. */
export function tellPictureProblem(problem) {
  if (problem.code === "picture_missing") put(null); // swept away in the meantime
  showProblem(place, problem);
  place.querySelector("button").focus();
}

export const pictureNeeded = () => ({ code: "picture_missing", detail: say("picture.needed"), fix: say("picture.needed.fix") });

function listenToPage() {
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    place.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget ?? place.classList.remove("is-over"));
  document.addEventListener("drop", (event) => {
    place.classList.remove("is-over");
    if (!carriesFiles(event)) return;
    event.preventDefault(); // or the browser would leave the page for the file
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (!file) return;
    event.preventDefault();
    take(file);
  });
}

function take(file) {
  if (isClip(file)) return takeClip(file);
  arrival = bring(file, ++turns);
  return arrival;
}

const isClip = ({ name, type }) => type === "video/mp4" || /\.mp4$/i.test(name);

async function bring(file, turn) {
  clearProblem(place);
  const local = URL.createObjectURL(file);
  show(local, file.name);
  try {
    const picture = await takePicture(file, background());
    if (turn !== turns) return;
    if (!missing) centreCrop(); // else the settings of its clip are here already
    put({ ...picture, name: file.name }, file);
  } catch (error) {
    if (turn !== turns) return;
    show(taken?.url);
    showProblem(place, asProblem(error));
  } finally {
    URL.revokeObjectURL(local);
  }
}

async function bringKept(picture, turn) {
  clearProblem(place);
  try {
    const size = await sizeOfPicture(picture.sha256);
    if (turn === turns) put({ ...picture, ...size });
    return true;
  } catch (error) {
    if (turn !== turns) return false;
    put(null); // any other picture would make another clip
    showProblem(place, error instanceof Problem ? pictureGone(picture) : asProblem(error));
    missing = picture.sha256;
    return false;
  }
}

/** Says which picture, and what else is to be known of the settings. */
function pictureGone({ name, sha256, notices }) {
  const fix = [say("picture.gone.fix"), ...notices.map(({ text }) => text)].join(" ");
  return { remedy: "picture_missing", detail: say("picture.gone", { name, digits: sha256.slice(0, 12) }), fix };
}

/** The same file again, its transparent parts in the colour now chosen. */
function recolour() {
  const turn = ++turns;
  const refilled = async () => {
    try {
      const picture = await takePicture(source, background());
      if (turn !== turns) return;
      const isHeld = place.contains(document.activeElement);
      put({ ...picture, name: taken.name }, source);
      if (isHeld) place.querySelector("[type='color']")?.focus({ preventScroll: true });
    } catch (error) {
      if (turn === turns) showProblem(place, asProblem(error));
    }
  };
  clearProblem(place);
  arrival = refilled();
}

function put(picture, file = null) {
  taken = picture && missing && picture.sha256 !== missing ? withNote(picture, say("picture.other")) : picture;
  missing = null;
  source = file;
  keepDraft({ picture: taken });
  show(taken?.url);
  tellChange();
}

const withNote = (picture, text) => ({ ...picture, notices: [...picture.notices, { text }] });

/** Redraws the zone: with a picture, empty, or with a file on its way (`reading` names it). */
function show(url, reading) {
  place.classList.toggle("has-picture", Boolean(url));
  place.classList.toggle("is-reading", Boolean(reading));
  dropFraming();
  dropImprovement();
  refill(place.querySelector(".zone"), ...(url ? filledZone(url, reading) : emptyZone()));
}

function emptyZone() {
  return [
    make(
      "button",
      { type: "button", class: "drop", on: { click: choosePicture } },
      make("span", { class: "glyph", "aria-hidden": "true" }),
      make("strong", {}, say(canDrop ? "picture.choose" : "remedy.picture")),
      canDrop ? make("span", { class: "whether-idle" }, say("picture.or")) : null,
      make("span", { class: "whether-idle" }, say("picture.clip")),
      make("span", { class: "whether-over" }, say("picture.release")),
    ),
  ];
}

function filledZone(url, reading) {
  const image = make("img", { alt: say("picture.alt"), src: url });
  image.addEventListener("error", () => {
    image.hidden = true; // HEIC before the server has read it, or a kept picture that was swept away
    if (url === taken?.url) put(null);
  });
  const { name, width, height, notices } = reading ? { notices: [] } : taken;
  const canRecolour = source && notices.some(({ code }) => code === "picture_alpha");
  const [stage, choices] = reading ? [image, ""] : buildFraming(image, taken, canRecolour ? recolour : null);
  const caption = reading
    ? [make("span", { class: "name" }, say("picture.reading", { name: reading }))]
    : [make("span", { class: "name" }, name), make("span", {}, say("picture.size", { width, height }))];
  return [
    make("figure", {}, stage, make("figcaption", {}, ...caption)),
    notices.length ? make("ul", { class: "notices" }, ...notices.map(({ text }) => make("li", {}, text))) : "",
    choices,
    reading ? "" : buildImprovement(taken),
    reading ? "" : pictureAdvice(),
    make(
      "div",
      { class: "actions" },
      make("button", { type: "button", class: "quiet", on: { click: choosePicture } }, say("picture.change")),
      make("button", { type: "button", class: "quiet", on: { click: remove } }, say("picture.remove")),
    ),
  ];
}

function remove() {
  turns += 1;
  clearProblem(place);
  put(null);
  place.querySelector(".drop").focus();
}

function exampleRow(onExample) {
  const buttons = examples.map((example) => {
    const { name, url, title, sentence } = example;
    const use = async () => {
      onExample(example);
      const turn = ++turns;
      arrival = fetch(url)
        .then((response) => response.blob())
        .then((blob) => turn === turns && bring(new File([blob], name, { type: blob.type }), turn));
      await arrival;
    };
    return make(
      "button",
      { type: "button", class: "example", title: sentence, on: { click: use } },
      make("img", { src: url, alt: "", loading: "lazy" }),
      make("span", {}, title),
    );
  });
  return make("div", { class: "examples" }, make("p", {}, say("picture.examples")), ...buttons);
}
