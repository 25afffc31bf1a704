// What a clip does from frame to frame, as thin lines one below the other, with the seconds marked that the coach speaks
// of; a line goes along with the film.

import { make } from "./make.js";
import { say } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
/** What is drawn, how far its axis goes at least, so that a trifle looks like one, and the faults that show in it alone. */
const COURSES = [
  { name: "motion", least: 5, faults: ["frozen", "jump"] },
  { name: "sharpness", least: 110, faults: ["blur"] },
  { name: "flicker", least: 1, faults: ["flicker"] },
];
const OWN = COURSES.flatMap(({ faults }) => faults);

/** A figure of measures as `GET jobs/{id}/measures` tells them. `marked` is advice whose seconds are marked; `film` is the
 * video that the line goes along with. */
export function plotOf({ measures, units }, marked, film) {
  const marks = marked.filter(({ where }) => where);
  const strips = COURSES.map((course) => strip(course, measures, units[course.name], marks)).filter(Boolean);
  const told = marks.map(({ code, where }) => say("course.mark", { seconds: where.join("–"), fault: say(`fault.${code}`) }));
  const caption = make("figcaption", {}, told.length ? say("course.marked", { marks: told.join(" · ") }) : say("course.unmarked"));
  const figure = make("figure", { class: "course" }, ...strips.map(({ element }) => element), caption);
  if (film) goAlong(film, figure, strips, measures.fps);
  return figure;
}

function strip({ name, least, faults }, { num_frames: total, fps, series }, unit, marks) {
  const told = series[name].filter((value) => value !== null);
  if (!told.length) return null;
  const [low, high] = [Math.min(...told), Math.max(...told)];
  const range = { low: short(low), high: short(high), unit };
  const label = say(`course.${name}`);
  const head = shape("line", { class: "head", y1: 0, y2: 1 });
  const lines = shape("svg", { viewBox: `0 0 ${total} 1`, preserveAspectRatio: "none", role: "img", "aria-label": say("course.alt", { name: label, ...range }) });
  const seen = marks.filter(({ code }) => faults.includes(code) || !OWN.includes(code));
  for (const { where: [begin, end] } of seen) lines.append(shape("rect", { x: begin * fps, y: 0, width: (end - begin) * fps, height: 1 }));
  lines.append(shape("path", { d: pathOf(series[name], Math.max(high, least)) }), head);
  const words = make("p", { "aria-hidden": "true" }, make("span", {}, label), make("small", {}, say("course.range", range)));
  return { element: make("div", {}, words, lines), head };
}

/** Through the middle of each frame; broken where nothing is known. */
function pathOf(values, top) {
  let isDrawing = false;
  const points = values.map((value, frame) => {
    if (value === null) return (isDrawing = false) || "";
    const command = isDrawing ? "L" : "M";
    isDrawing = true;
    return `${command}${frame + 0.5} ${(1 - value / top).toFixed(4)}`;
  });
  return points.join("");
}

/** For as long as both are on the page. */
function goAlong(film, figure, strips, fps) {
  const show = (seconds) => {
    for (const { head } of strips) for (const end of ["x1", "x2"]) head.setAttribute(end, seconds * fps);
  };
  const follow = (_, { mediaTime }) => {
    show(mediaTime + 0.5 / fps);
    if (figure.isConnected) film.requestVideoFrameCallback(follow);
  };
  show(film.currentTime);
  if (film.requestVideoFrameCallback) film.requestVideoFrameCallback(follow);
  else film.addEventListener("timeupdate", () => show(film.currentTime));
}

function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

const short = (value) => String(Number(value.toPrecision(value < 10 ? 2 : 3)));
