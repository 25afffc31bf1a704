// The picture as the model will see it: the part of it that the clip shows, draggable, or the whole of it with bars or
// stretched. What is chosen here are options like any other and live with them, in form.js.

import { inForce, setOptions } from "./form.js";
import { make, setText } from "./make.js";
import { say } from "./words.js";

const FITS = ["cover", "pad", "stretch"];
const STEP = 0.02;
const LEAP = 0.2;
const MIDDLE = { crop_x: 0.5, crop_y: 0.5 };
// A direction for each key, in steps; both axes answer to both pairs of arrows, since only one of them can ever move.
const KEYS = { ArrowLeft: -STEP, ArrowUp: -STEP, ArrowRight: STEP, ArrowDown: STEP, PageUp: -LEAP, PageDown: LEAP, Home: -1, End: 1 };

let shown = null; // the parts of the zone that follow the form, while it has a picture

/** The cut back in the middle, as for another picture. */
export const centreCrop = () => setOptions(MIDDLE);

/** The colour chosen for bars and transparent parts, if any. */
export const background = () => inForce().values.background;

/** The picture in its frame, and the choices below it.
 *
 * Args: `image`, its `size` in pixels, and `recolour`, which fills transparent parts anew; null where there are none or
 * their file is gone.
 */
export function buildFraming(image, size, recolour) {
  const frame = make("div", { class: "frame", on: { keydown: moveByKey, pointerdown: grab } });
  const hint = make("p", { class: "fit-hint" });
  const fits = make("fieldset", { class: "segments" }, make("legend", {}, say("fit.label")), ...FITS.map(fitChoice));
  const label = make("span");
  const listen = {
    input: (event) => setOptions({ background: event.target.value }),
    change: () => recolour?.(),
  };
  const colour = make("label", { class: "colour" }, label, make("input", { type: "color", on: listen }));
  const stage = make("div", { class: "stage" }, image, frame);
  shown = { stage, frame, hint, fits, label, colour, size, whole: size, recolour };
  drawFraming();
  return [stage, make("div", { class: "framing" }, fits, hint, colour)];
}

/** Nothing to frame: there is no picture, or it is still on its way. */
export function dropFraming() {
  shown = null;
}

/** Another part of the picture is all there is of it, as where bars are cut off, or its cut sits at another `place` than
 * the middle until somebody moves it. */
export function reframe({ width, height }, place = null) {
  if (!shown) return;
  shown.size = { width, height };
  shown.place = place;
  drawFraming();
}

/** The values in force, with the cut where it is shown. */
function valuesShown() {
  const { values } = inForce();
  const isPlaced = shown.place && values.crop_x === MIDDLE.crop_x && values.crop_y === MIDDLE.crop_y;
  return isPlaced ? { ...values, crop_x: shown.place[0], crop_y: shown.place[1] } : values;
}

/** The element that holds the picture and its frame, if there is one. */
export const stageNow = () => shown?.stage;

/** Where in the stage the whole picture lies, as shares of it: all over it, within bars, or beyond it where only a part
 * (`crop`: left, top, width, height in pixels) is shown. */
export function pictureRect(crop) {
  const { values } = inForce();
  const { whole, size } = shown;
  const slant = values.fit === "pad" ? (size.width * values.height) / (size.height * values.width) : 1; // of picture to clip
  const [across, down] = [Math.min(1, slant), Math.min(1, 1 / slant)];
  const [left, top, width, height] = crop ?? [0, 0, whole.width, whole.height];
  return {
    left: (1 - across) / 2 - (across * left) / width,
    top: (1 - down) / 2 - (down * top) / height,
    width: (across * whole.width) / width,
    height: (down * whole.height) / height,
  };
}

/** Brings frame and choices in line with the form. */
export function drawFraming() {
  if (!shown) return;
  const values = valuesShown();
  if (!(values.width > 0 && values.height > 0)) return; // a size is being typed
  const { stage, hint, fits, colour, size } = shown;
  const isCut = values.fit === "cover";
  const isAlike = Math.abs((size.width * values.height) / (size.height * values.width) - 1) < 0.002;
  stage.dataset.fit = values.fit;
  const [across, down] = isCut ? [size.width, size.height] : [values.width, values.height];
  stage.style.setProperty("--aspect", across / down);
  stage.style.setProperty("--bars", values.background ?? "#000000");
  drawFrame(values);
  for (const field of fits.querySelectorAll("input")) field.checked = field.value === values.fit;
  fits.hidden = isAlike;
  hint.hidden = isAlike;
  setText(hint, say(`fit.${values.fit}.hint`));
  drawColour(values, values.fit === "pad" && !isAlike);
  colour.querySelector("input").value = values.background ?? (values.fit === "pad" ? "#000000" : "#ffffff");
}

function drawColour({ fit }, hasBars) {
  const { colour, label, recolour } = shown;
  colour.hidden = !hasBars && !recolour;
  setText(label, say(`background.${hasBars && recolour ? "both" : hasBars ? "bars" : "behind"}`));
}

/** Puts the frame where the cut sits; it can be moved where the picture leaves it room. */
function drawFrame({ fit, width, height, crop_x, crop_y }) {
  const { frame, size } = shown;
  const scale = Math.min(size.width / width, size.height / height);
  const [across, down] = [(width * scale) / size.width, (height * scale) / size.height]; // shares of the picture
  const place = { left: (1 - across) * crop_x, top: (1 - down) * crop_y, width: across, height: down };
  for (const [side, share] of Object.entries(place)) frame.style.setProperty(side, `${100 * share}%`);
  const isWide = across < down;
  frame.dataset.axis = isWide ? "x" : "y";
  const canMove = fit === "cover" && Math.min(across, down) < 0.998;
  frame.hidden = !canMove;
  const percent = Math.round(100 * (isWide ? crop_x : crop_y));
  const role = {
    role: "slider",
    tabindex: 0,
    "aria-label": say("crop.label"),
    "aria-orientation": isWide ? "horizontal" : "vertical",
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "aria-valuenow": percent,
    "aria-valuetext": say(isWide ? "crop.across" : "crop.down", { percent }),
  };
  for (const [name, value] of Object.entries(role)) frame.setAttribute(name, value);
}

const optionOf = (frame) => `crop_${frame.dataset.axis}`;
const within = (share) => Math.min(1, Math.max(0, Math.round(share * 1000) / 1000));

function moveByKey(event) {
  const way = KEYS[event.key];
  if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const option = optionOf(event.currentTarget);
  setOptions({ [option]: within(valuesShown()[option] + way) });
}

/** Follows one finger or the mouse until it lets go; the form hears of it then. */
function grab(event) {
  const { frame, stage } = shown;
  if (event.button || !event.isPrimary) return;
  const values = valuesShown();
  const option = optionOf(frame);
  const [inside, around] = [frame, stage].map((element) => element.getBoundingClientRect());
  const isWide = option === "crop_x";
  const room = isWide ? around.width - inside.width : around.height - inside.height;
  const begin = isWide ? event.clientX : event.clientY;
  let share = values[option];
  const follow = (moved) => {
    share = within(values[option] + ((isWide ? moved.clientX : moved.clientY) - begin) / room);
    drawFrame({ ...values, [option]: share });
  };
  const letGo = ({ type }) => {
    for (const [name, listener] of Object.entries(listeners)) frame.removeEventListener(name, listener);
    frame.classList.remove("is-held");
    if (type === "pointercancel") drawFraming();
    else setOptions({ [option]: share });
  };
  const listeners = { pointermove: follow, pointerup: letGo, pointercancel: letGo };
  for (const [name, listener] of Object.entries(listeners)) frame.addEventListener(name, listener);
  frame.setPointerCapture(event.pointerId);
  frame.classList.add("is-held");
}

function fitChoice(fit) {
  const choose = () => setOptions({ fit });
  return make("label", {}, make("input", { type: "radio", name: "fit", value: fit, on: { input: choose } }), say(`fit.${fit}`));
}
