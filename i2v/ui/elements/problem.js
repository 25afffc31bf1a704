// Errors stand where they belong, with what happened and what to do.

import { make } from "./make.js";
import { Problem } from "./server.js";
import { say } from "./words.js";

/** What went wrong, in words: the server's own, or that there is no server. */
export function asProblem(error) {
  return error instanceof Problem ? error : { detail: say("unreachable"), fix: say("unreachable.fix") };
}

export function problemBox({ code, detail, fix }) {
  const more = code && make("a", { class: "about", href: `/help/${code}`, target: "_blank" }, say("problem.more"));
  return make("div", { class: "problem", role: "alert" }, make("p", {}, detail), fix ? make("p", { class: "fix" }, fix) : null, more);
}

/** Puts the problem at the end of a place, instead of an earlier one. */
export function showProblem(place, problem) {
  clearProblem(place);
  place.append(problemBox(problem));
}

export function clearProblem(place) {
  place.querySelector(":scope > .problem")?.remove();
}
