// The computer in the page's head: a line that lives, and behind it what the card, the processor and their memory are doing.

import { lookAhead } from "./foresight.js";
import { make, setText } from "./make.js";
import { buildNap } from "./nap.js";
import { readMachine } from "./server.js";
import { say, sayGiB } from "./words.js";

const CLOSED_MS = 5000;
const OPEN_MS = 2000;
/** The share of a memory in use from which it is said to be crowded. */
export const CROWDED_FROM = 0.8;
// The estimate is asked for anew once so much of the memory has been taken or given back.
const NEWS_SHARE = 0.03;

let status = null;
const { nap, wake } = buildNap();
let freeAtNews = null;

const line = make("button", { type: "button", class: "quiet", "aria-expanded": "false", "aria-controls": "machine-panel", hidden: true });
const panel = make("div", { id: "machine-panel", role: "region", tabindex: "0", "aria-label": say("machine.label"), hidden: true });
const summary = {
  name: make("span", { class: "name" }),
  meter: buildMeter(),
  memory: make("span", { class: "figures" }),
  pulse: make("span", { class: "figures pulse" }),
};

/** Puts the line into the page's head, and looks for as long as somebody can see it. */
export async function buildMachine(place) {
  line.append(summary.name, summary.meter.element, summary.memory, summary.pulse);
  line.addEventListener("click", () => unfold(panel.hidden));
  place.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) unfold(false);
  });
  document.addEventListener("click", ({ target }) => place.contains(target) || unfold(false, false));
  place.append(line, panel);
  for (;;) {
    if (!document.hidden) await look();
    await nap(panel.hidden ? CLOSED_MS : OPEN_MS);
  }
}

/** Bytes of a memory (`gpu` or `ram`) that are used, by us and by others, and all of it; null where nobody tells. */
export function memoryInUse(where) {
  const [prefix, source] = where === "gpu" ? ["memory", status] : ["ram", status];
  const figure = (name) => source?.[`${prefix}_${name}`] ?? null;
  return { used: figure("used"), total: figure("total"), ours: figure("ours"), others: figure("others") };
}

function unfold(isOpen, takesFocus = true) {
  if (panel.hidden === !isOpen) return;
  panel.hidden = !isOpen;
  line.setAttribute("aria-expanded", String(isOpen));
  if (!isOpen && takesFocus) line.focus();
  if (isOpen) {
    drawPanel();
    wake();
  }
}

async function look() {
  status = await readMachine().catch(() => status); // a server that restarts is told of elsewhere
  if (!status) return;
  drawLine();
  if (!panel.hidden) drawPanel();
  const { used, total } = memoryInUse(where());
  if (freeAtNews !== null && Math.abs(total - used - freeAtNews) <= NEWS_SHARE * total) return;
  if (freeAtNews !== null) lookAhead();
  freeAtNews = total - used;
}

/** The memory that models use here. */
const where = () => (status.device === "cuda" && status.available ? "gpu" : "ram");

function drawLine() {
  const memory = memoryInUse(where());
  const isGpu = where() === "gpu";
  setText(summary.name, isGpu ? status.name.replace(/^NVIDIA (GeForce )?/, "") : say("machine.cpu"));
  summary.meter.draw(memory);
  const isCrowded = memory.used / memory.total > CROWDED_FROM;
  line.classList.toggle("is-crowded", isCrowded);
  const load = isGpu ? status.load_percent : status.cpu_percent;
  const heat = isGpu ? status.temperature_c : null;
  const pulse = [
    load === null ? null : say("machine.load.short", { percent: Math.round(load) }),
    heat === null ? null : say("machine.temperature", { celsius: heat }),
  ];
  setText(summary.memory, isCrowded ? `${sayShare(memory)} · ${say("machine.crowded")}` : sayShare(memory));
  setText(summary.pulse, pulse.filter(Boolean).join(" · "));
  line.hidden = false;
}

function drawPanel() {
  const cards = status.gpus.map((gpu) => section(gpu.name, memoryOf(gpu), cardRows(gpu), gpu.processes));
  const processor = [[say("machine.load"), say("machine.percent", { percent: Math.round(status.cpu_percent) })]];
  if (!status.gpus.length) processor.push([say("machine.card"), say("machine.card.none")]);
  panel.replaceChildren(...cards, section(status.cpu_name, memoryInUse("ram"), processor, []));
}

const memoryOf = (gpu) => ({ used: gpu.memory_used, total: gpu.memory_total, ours: gpu.memory_ours, others: gpu.memory_others });

function cardRows({ load_percent: load, temperature_c: celsius }) {
  return [
    [say("machine.load"), load === null ? say("machine.unknown") : say("machine.percent", { percent: load })],
    [say("machine.heat"), celsius === null ? say("machine.unknown") : say("machine.temperature", { celsius })],
  ];
}

function section(name, memory, rows, processes) {
  const meter = buildMeter();
  meter.draw(memory);
  const { ours, others, used, total } = memory;
  const held = used === null ? [] : [["ours", ours], ["others", others], ["free", total - used]];
  const legend = held.map(([kind, bytes]) => row(say(`machine.${kind}`), sayMemory(bytes), kind));
  const programs = processes.map((each) => row(each.is_ours ? say("machine.ours") : each.name, sayMemory(each.memory)));
  return make(
    "section",
    {},
    make("h2", {}, name),
    meter.element,
    make("dl", {}, row(say("machine.memory"), sayShare(memory)), ...legend, ...rows.map(([term, told]) => row(term, told))),
    ...(programs.length ? [make("h3", {}, say("machine.programs")), make("dl", {}, ...programs)] : []),
  );
}

const row = (term, told, kind) => make("div", {}, make("dt", { class: kind && `key ${kind}` }, term), make("dd", {}, told));
const sayMemory = (bytes) => (bytes === null ? say("machine.unknown") : say("machine.gb", { gb: sayGiB(bytes / 2 ** 30) }));

function sayShare({ used, total }) {
  if (used === null || total === null) return say("machine.memory_unknown");
  return say("machine.share", { used: sayGiB(used / 2 ** 30), total: sayGiB(total / 2 ** 30) });
}

/** A bar of what is ours, what is others', and what is left; its figures stand beside it in words. */
function buildMeter() {
  const ours = make("span", { class: "ours" });
  const others = make("span", { class: "others" });
  const draw = ({ used, total, ours: held, others: foreign }) => {
    ours.style.width = `${(100 * (held ?? 0)) / (total || 1)}%`;
    others.style.width = `${(100 * (foreign ?? used ?? 0)) / (total || 1)}%`;
  };
  return { element: make("span", { class: "meter", "aria-hidden": "true" }, ours, others), draw };
}
