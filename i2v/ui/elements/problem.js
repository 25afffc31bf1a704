// Errors stand where they belong, with what happened and what to do, and a button that does it where a click can.

import { deedButton, make } from "./make.js";
import { Problem } from "./server.js";
import { say } from "./words.js";

let remedyOf = () => null;

/** From now on `find(problem, job)` says what a click can do about it; the remedies need the very parts that show problems. */
export function offerRemedies(find) {
  remedyOf = find;
}

/** What went wrong, in words: the server's own, or that there is no server. */
export function asProblem(error) {
  return error instanceof Problem ? error : { detail: say("unreachable"), fix: say("unreachable.fix") };
}

/** A problem of a job, or without one of what was just done. */
export function problemBox(problem, job) {
  const { code, detail, fix } = problem;
  const more = code && make("a", { class: "about", href: `help/${code}`, target: "_blank" }, say("problem.more"));
  const foot = make("div", { class: "ways-out" }, remedyButton(remedyOf(problem, job)), more);
  return make("div", { class: "problem", role: "alert" }, make("p", {}, detail), fix ? make("p", { class: "fix" }, fix) : null, foot);
}

function remedyButton(remedy) {
  if (!remedy) return null;
  const attempt = async () => {
    try {
      await remedy.deed();
    } catch (error) {
      showProblem(button.closest(".problem"), asProblem(error));
    }
    return false;
  };
  const button = deedButton({ class: "remedy" }, attempt, remedy.label);
  return button;
}

/** Puts the problem at the end of a place, instead of an earlier one. */
export function showProblem(place, problem, job) {
  clearProblem(place);
  place.append(problemBox(problem, job));
}

export function clearProblem(place) {
  place.querySelector(":scope > .problem")?.remove();
}
