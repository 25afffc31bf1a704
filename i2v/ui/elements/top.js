// The page's head: name, promise, language.

import { make } from "./make.js";
import { language, languages, say, sayIn } from "./words.js";

export function buildTop(place) {
  document.title = say("app.title");
  place.append(
    make(
      "header",
      {},
      make("img", { src: "/elements/icon.svg", alt: "", width: 36, height: 36 }),
      make("h1", {}, say("app.title")),
      make("p", {}, say("app.promise")),
      make("div", { id: "machine" }),
      languageSwitch(),
    ),
  );
}

function languageSwitch() {
  const other = languages.find((each) => each !== language);
  const choose = () => {
    document.cookie = `i2v_lang=${other}; path=/; max-age=31536000; samesite=strict`;
    location.reload();
  };
  return make("button", { id: "language", type: "button", class: "quiet", lang: other, on: { click: choose } }, sayIn(other, "language.name"));
}
