// An example brings its sentence and its settings, those that the engine has; what stood there before is one press away.

import { inForce, readWish, retypePrompt, takeWish } from "./form.js";
import { tellChange } from "./settings_advice.js";
import { say } from "./words.js";

export function takeExample({ sentence, settings }) {
  const { engine, preset, private: isPrivate, prompt, ...options } = readWish();
  const valuesBefore = settingsInForce();
  takeWish({ engine, preset: null, private: isPrivate, options: settings });
  const ownSentence = prompt && prompt !== sentence ? { prompt } : {};
  const giveBack = () => takeWish({ engine, preset, private: isPrivate, options: { ...options, ...ownSentence } });
  if (ownSentence.prompt) tellChange(say("example.sentence"), giveBack);
  else if (valuesBefore !== settingsInForce()) tellChange(say("example.settings"), giveBack);
  retypePrompt(sentence); // last: the row of examples goes away, so the keyboard moves on to the sentence
}

const settingsInForce = () => JSON.stringify({ ...inForce().values, prompt: "" });
