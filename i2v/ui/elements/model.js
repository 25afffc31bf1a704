// The card of one engine's model: whether it is here, what it weighs, what may be done with it, and its download.

import { deedButton, make, redraw, refill, setText } from "./make.js";
import { asProblem, problemBox, showProblem } from "./problem.js";
import { cancelDownload, checkFiles, removeFiles, startDownload } from "./server.js";
import { adoptModel, isDownloading, stateOf, subscribeToModels } from "./weights.js";
import { say, sayBytes, sayDuration } from "./words.js";

const MISSING_SHOWN = 3;

/** One card for each model, as soon as the server has told of it. */
export function buildModels(place) {
  const cards = new Map();
  subscribeToModels(({ models }) => {
    for (const model of models) {
      if (!cards.has(model.engine)) cards.set(model.engine, buildCard(place, model));
      cards.get(model.engine)(model);
    }
  });
}

/** Leads the reader to a model's card, which must be unfolded. */
export function goToModel(engine) {
  const card = document.getElementById(`model--${engine}`);
  card?.scrollIntoView({ block: "center" });
  (card?.querySelector("button") ?? card?.querySelector("a[href]"))?.focus({ preventScroll: true });
}

function buildCard(place, { engine, label }) {
  const status = make("p", { class: "status", role: "status" });
  const about = make("div", { class: "about" });
  const bar = make("progress", { "aria-label": say("model.progress", { model: label }) });
  const amount = make("p", { class: "amount" });
  const file = make("p", { class: "file" });
  const trouble = make("div", { class: "trouble" });
  const actions = make("div", { class: "actions" });
  const head = make("div", { class: "head" }, make("h3", {}, label), status);
  const card = make("section", { class: "model", id: `model--${engine}` }, head, about, bar, amount, file, trouble, actions);
  place.append(card);
  return (model) => {
    const state = stateOf(model);
    card.dataset.state = state;
    setText(status, say(`model.state.${state}`));
    redraw(about, [state, model.missing, model.path, model.download.status], drawAbout, model);
    drawBar(bar, model);
    setText(amount, sayAmount(model));
    setText(file, isDownloading(model) ? model.download.file : "");
    redraw(trouble, [state, model.download.trouble, model.download.error], drawTrouble, model);
    redraw(actions, [state, model.is_ours], (shown) => drawActions(shown, actions), model);
  };
}

function drawAbout(model) {
  const { is_ready, place, path, size_bytes, licences, page, download } = model;
  const said = [make("ul", { class: "licences" }, ...licences.map((licence) => make("li", {}, licence)))];
  if (is_ready) {
    const proven = download.status === "done" ? [make("p", {}, say("model.proven"))] : [];
    said.unshift(make("p", {}, say(`model.place.${place}`)), make("p", { class: "path" }, path), ...proven);
  }
  else if (!isDownloading(model)) said.unshift(make("p", {}, sayMissing(model) || say("model.size", { size: sayBytes(size_bytes, 2) })));
  said.push(make("a", { href: page, target: "_blank", rel: "noopener noreferrer" }, page.replace("https://", "")));
  return said;
}

function sayMissing({ missing }) {
  if (!missing.length) return "";
  const more = missing.length - MISSING_SHOWN;
  const files = missing.slice(0, MISSING_SHOWN).join(", ");
  return more > 0 ? say("model.missing.more", { files, count: more }) : say("model.missing", { files });
}

/** Whether a download was stopped half-way, so that the next one goes on from there. */
const isBegun = ({ is_ready, download }) => !is_ready && download.status !== "done" && download.bytes_done > 0;

function drawBar(bar, model) {
  const { bytes_done: done, bytes_total: total } = model.download;
  bar.hidden = !isDownloading(model);
  if (total) [bar.max, bar.value] = [total, done];
  else bar.removeAttribute("value"); // the hub has not said yet how much it is
}

/** How much is here, how fast it comes, how long it takes; of a download that was stopped, what is kept. */
function sayAmount(model) {
  const { bytes_done: done, bytes_total: total, bytes_per_second: rate, seconds_left: left } = model.download;
  if (!isDownloading(model) && !isBegun(model)) return "";
  const amount = { done: sayBytes(done), total: sayBytes(total) };
  if (!isDownloading(model)) return say("model.kept", amount);
  const told = total ? [say("model.amount", amount)] : [];
  if (rate) told.push(`${sayBytes(rate)}/s`);
  if (left != null) told.push(say("left", { duration: sayDuration(Math.max(1, Math.round(left))) }));
  return told.join(" · ");
}

function drawTrouble(model) {
  // It came another way: what went wrong before is over. A check of files that are here may still have failed.
  if (stateOf(model) === "ready" && !model.is_ours) return [];
  const boxes = [model.download.trouble, model.download.error].filter(Boolean).map((problem) => problemBox(problem));
  if (isDownloading(model) && !model.is_ready) boxes.push(make("p", { class: "aside" }, say("model.meanwhile")));
  return boxes;
}

function drawActions(model, place) {
  const state = stateOf(model);
  if (isDownloading(model)) return [deed(cancelDownload, model.engine, say("cancel"), state === "stopping")];
  if (state !== "ready") return [deed(startDownload, model.engine, say(isBegun(model) ? "model.go_on" : "model.download"))];
  if (!model.is_ours) return [];
  const doubt = () => refill(place, ...drawDoubt(model, place));
  return [deed(checkFiles, model.engine, say("model.check")), make("button", { type: "button", class: "quiet", on: { click: doubt } }, say("model.remove"))];
}

/** What takes an hour to come again is asked about before it goes. */
function drawDoubt(model, place) {
  const keep = () => refill(place, ...drawActions(model, place));
  return [
    make("p", { role: "alert" }, say("model.remove.sure", { size: sayBytes(model.size_bytes, 2) })),
    make("button", { type: "button", class: "quiet", on: { click: keep } }, say("model.keep")),
    deed(removeFiles, model.engine, say("model.remove.yes")),
  ];
}

function deed(ask, engine, label, isWaiting = false) {
  const act = async () => {
    try {
      adoptModel(await ask(engine));
      return true;
    } catch (error) {
      showProblem(document.querySelector(`#model--${engine} .trouble`), asProblem(error));
      return false;
    }
  };
  return deedButton({ "aria-disabled": isWaiting && "true" }, act, label);
}
