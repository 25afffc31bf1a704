// The picture before and after its improvement: one over the other, with a divider that mouse, finger and keys move.

import { stageNow } from "./framing.js";
import { make } from "./make.js";
import { say } from "./words.js";

const STEP = 2;
const LEAP = 20;
const KEYS = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP, PageDown: -LEAP, PageUp: LEAP, Home: -100, End: 100 };

let parts = []; // what stands in the stage
let percent = 50; // of the width that shows the picture as it is

/** Shows the pictures at the addresses `before` and `after`, which have the same size, in place of the one in the stage. */
export function showComparison({ before, after }) {
  dropComparison();
  const stage = stageNow();
  if (!stage) return;
  const pictures = make(
    "div",
    { class: "compare" },
    make("img", { class: "before", src: before, alt: "" }),
    make("img", { class: "after", src: after, alt: "" }),
  );
  const tags = ["before", "after"].map((side) => make("span", { class: "compare-tag", "aria-hidden": "true" }, say(`compare.${side}`)));
  const role = { role: "slider", tabindex: 0, "aria-label": say("compare.label"), "aria-valuemin": 0, "aria-valuemax": 100 };
  const divider = make("div", { class: "divider", ...role, on: { keydown: moveByKey, pointerdown: grab } }, make("span"));
  parts = [pictures, divider, ...tags];
  stage.querySelector("img").after(pictures);
  stage.append(...tags, divider); // above the frame that says what is cut
  move(percent);
}

/** The picture as it is alone. */
export function dropComparison() {
  for (const part of parts) part.remove();
  parts = [];
}

function move(to) {
  percent = Math.min(100, Math.max(0, to));
  const [pictures, divider] = parts;
  const whole = Math.round(percent);
  pictures.style.setProperty("--at", `${percent}%`);
  divider.style.setProperty("--at", `${percent}%`);
  divider.setAttribute("aria-valuenow", whole);
  divider.setAttribute("aria-valuetext", say("compare.value", { percent: whole }));
}

function moveByKey(event) {
  const way = KEYS[event.key];
  if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  move(percent + way);
}

/** Follows one finger or the mouse until it lets go. */
function grab(event) {
  if (event.button || !event.isPrimary) return;
  const divider = event.currentTarget;
  const { left, width } = divider.parentElement.getBoundingClientRect();
  const follow = ({ clientX }) => move((100 * (clientX - left)) / width);
  const letGo = () => {
    divider.removeEventListener("pointermove", follow);
    for (const end of ["pointerup", "pointercancel"]) divider.removeEventListener(end, letGo);
  };
  divider.addEventListener("pointermove", follow);
  for (const end of ["pointerup", "pointercancel"]) divider.addEventListener(end, letGo);
  divider.setPointerCapture(event.pointerId);
  event.stopPropagation();
}
