// A sentence from menus, in the reader's language; what comes of it is English, which every engine reads.

import { isWanted, subscribeToWanted, wantAdvice } from "./coach.js";
import { retypePrompt } from "./form.js";
import { make, setText } from "./make.js";
import { buildSentences } from "./sentences.js";
import { readBuilder } from "./server.js";
import { isCoachOn, say } from "./words.js";

const PARTS = ["subject", "action", "pace", "direction", "environment", "camera"];

const menus = {};
const preview = make("output", { class: "preview" });
let words = null;

export function buildBuilder(place) {
  const inside = make("div", { class: "inside" });
  const fold = make("details", {}, make("summary", {}, say("builder.title")), inside);
  fold.addEventListener("toggle", () => fold.open && unfold(inside));
  place.append(fold);
  buildSentences(place);
}

/** Filled when it is first looked into. */
async function unfold(inside) {
  if (words) return;
  words = await readBuilder().catch(() => null);
  if (!words) return;
  const rows = PARTS.map((part) => {
    menus[part] = make("select", { "aria-label": say(`builder.${part}`), on: { change: () => choose(part) } });
    return make("label", {}, make("span", {}, say(`builder.${part}`)), menus[part]);
  });
  const use = make("button", { type: "button", class: "use", on: { click: () => retypePrompt(sentence()) } }, say("builder.use"));
  const guide = make("a", { class: "guide-link", href: "docs/advice", target: "_blank" }, say("builder.guide"));
  inside.append(make("div", { class: "menus" }, ...rows), preview, use, guide, ...(isCoachOn ? [drawSwitch()] : []));
  fillMenu("subject", words.subjects, true);
  fillMenu("pace", words.paces, true);
  for (const [part, entries] of [["direction", words.directions], ["environment", words.environments], ["camera", words.camera]]) {
    fillMenu(part, entries, false);
  }
  choose("subject");
}

function fillMenu(part, entries, isNeeded) {
  const none = isNeeded ? [] : [make("option", { value: "" }, say("builder.none"))];
  menus[part].replaceChildren(...none, ...entries.map(({ english, label }) => make("option", { value: english }, label)));
}

const chosenOf = (entries, part) => entries.find(({ english }) => english === menus[part].value);
const actions = () => words.actions[chosenOf(words.subjects, "subject").kind];

function choose(part) {
  if (part === "subject") fillMenu("action", actions(), true);
  menus.direction.disabled = !chosenOf(actions(), "action").goes;
  if (part !== "direction" && !menus.direction.disabled && !menus.direction.value) menus.direction.selectedIndex = 1;
  setText(preview, sentence());
}

function sentence() {
  const value = (part) => (menus[part].disabled ? "" : menus[part].value);
  const main = ["subject", "pace", "action", "direction", "environment"].map(value).filter(Boolean).join(" ");
  const whole = [main, value("camera")].filter(Boolean).join(", ");
  return whole[0].toUpperCase() + whole.slice(1);
}

/** The switch for advice, where one also finds it again. */
function drawSwitch() {
  const box = make("input", { type: "checkbox", on: { change: () => wantAdvice(box.checked) } });
  box.checked = isWanted();
  subscribeToWanted((isOn) => (box.checked = isOn));
  return make("label", { class: "switch" }, box, make("span", {}, say("coach.wanted")));
}
