// What was just done, with a way to undo it. It stays until it is answered or the next thing is done.

import { deedButton, make, setText } from "./make.js";
import { asProblem } from "./problem.js";
import { say } from "./words.js";

const text = make("p");
const undo = make("span");
// The region is there before it speaks: a screen reader listens to regions, not to their arrival.
const element = make("div", { id: "toast", role: "status", hidden: true }, text, undo, make("span", {}, closeButton()));

/** Says what was done; `takeBack` undoes it. */
export function toast(told, takeBack) {
  if (!element.isConnected) document.body.append(element);
  element.hidden = false;
  setText(text, told);
  undo.replaceChildren(...(takeBack ? [undoButton(takeBack)] : []));
}

function undoButton(takeBack) {
  const attempt = async () => {
    try {
      await takeBack();
      close();
      return true;
    } catch (error) {
      setText(text, asProblem(error).detail);
      return false;
    }
  };
  return deedButton({}, attempt, say("history.undo"));
}

/** Whoever stood in it with the keyboard goes on at the head of the view. */
function close() {
  const held = element.contains(document.activeElement);
  element.hidden = true;
  if (held) document.querySelector("#library > section:not([hidden]) h2")?.focus({ preventScroll: true });
}

function closeButton() {
  return make("button", { type: "button", "aria-label": say("history.close"), on: { click: close } }, "×");
}
