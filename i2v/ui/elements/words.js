// What the page says, in the reader's language. The data stands in the page's head; see words.py.

const data = JSON.parse(document.getElementById("page-data").textContent);

export const languages = Object.keys(data.languages);
// The guard's script has settled it before anything else ran.
export const language = languages.includes(document.documentElement.lang) ? document.documentElement.lang : "en";
const { words, engines } = data.languages[language];

export const examples = data.examples.map(({ title, sentence, ...others }) => ({ ...others, title: title[language], sentence: sentence[language] }));
export const defaultEngine = data.engine;
export const { limits, coach: isCoachOn } = data;
export { engines };

/** The engine that `auto` stands for; until the server has told, the one that always works. */
export let autoEngine = engines.find((engine) => !engine.needs_weights).name;

export function takeAutoEngine(name) {
  autoEngine = name;
}

/** One sentence with its placeholders filled. */
export function say(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "?");
}

/** A sentence that may be missing, or its stand-in. */
export const sayIfKnown = (key, otherwise) => (key in words ? say(key) : otherwise);

/** The same sentence in another language of the page. */
export const sayIn = (other, key) => data.languages[other].words[key];

export const engineNamed = (name) => engines.find((engine) => engine.name === (name === "auto" ? autoEngine : name));

/** A length of time as people say it. */
export function sayDuration(seconds) {
  const whole = Math.round(seconds);
  if (seconds < 9.95 && !Number.isInteger(seconds)) return say("time.seconds", { seconds: seconds.toFixed(1) });
  if (whole < 60) return say("time.seconds", { seconds: whole });
  if (whole < 3600) return say("time.minutes", { minutes: Math.floor(whole / 60), seconds: whole % 60 });
  return say("time.hours", { hours: Math.floor(whole / 3600), minutes: Math.floor((whole % 3600) / 60) });
}

/** A range of time in one unit, rounded as much as an estimate deserves. */
export function sayRange(low, high) {
  const [name, unit] = high < 90 ? ["seconds", 1] : high < 90 * 60 ? ["minutes", 60] : ["hours", 3600];
  const [from, to] = [low, high].map((seconds) => Math.max(1, Math.round(seconds / unit)));
  return say(`range.${name}`, { range: from === to ? from : `${from}–${to}` });
}

/** GiB with as many digits as an estimate deserves. */
export const sayGiB = (gib) => (gib < 9.95 ? gib.toFixed(1) : String(Math.round(gib)));

/** What is needed and what there is, in GiB, with more digits where they would read the same and are not. */
export function sayApart(needed, free) {
  const isTold = sayGiB(needed) !== sayGiB(free);
  const digits = [1, 2, 3].find((each) => needed.toFixed(each) !== free.toFixed(each));
  return [needed, free].map((gib) => (isTold || !digits ? sayGiB(gib) : gib.toFixed(digits)));
}

/** A size as people say it. */
export function sayBytes(bytes, digits = 3) {
  const [unit, size] = bytes < 1e6 ? ["kB", 1e3] : bytes < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
  return `${Number((bytes / size).toPrecision(digits))} ${unit}`;
}
