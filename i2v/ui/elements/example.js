// An example brings its sentence and its settings, those that the engine has; what was set before is one press away.

import { inForce, readWish, takePrompt, takeWish } from "./form.js";
import { tellChange } from "./settings_advice.js";
import { say } from "./words.js";

export function takeExample({ sentence, settings }) {
  const { engine, preset, private: isPrivate, prompt, ...options } = readWish();
  const valuesBefore = settingsInForce();
  takeWish({ engine, preset: null, private: isPrivate, options: settings });
  const isNews = valuesBefore !== settingsInForce();
  if (isNews) tellChange(say("example.settings"), () => takeWish({ engine, preset, private: isPrivate, options }));
  takePrompt(sentence); // last: the row of examples goes away, so the keyboard moves on to the sentence
}

const settingsInForce = () => JSON.stringify({ ...inForce().values, prompt: "" });
