// The page's head: name, promise, language.

import { make } from "./make.js";
import { allClips, pageTitle, subscribeToView } from "./views.js";
import { language, languages, say, sayIn } from "./words.js";

export function buildTop(place) {
  subscribeToView(() => (document.title = pageTitle()));
  place.append(
    make(
      "header",
      {},
      make("img", { src: "elements/icon.svg", alt: "", width: 36, height: 36 }),
      make("h1", {}, say("app.title")),
      make("p", {}, say("app.promise")),
      navigation(),
      make("div", { id: "machine" }),
      languageSwitch(),
    ),
  );
}

function navigation() {
  const links = { make: make("a", { href: "#/" }, say("nav.make")), clips: make("a", { href: allClips }, say("nav.clips")) };
  subscribeToView(({ name }) => {
    const current = name === "make" ? "make" : "clips";
    // On a clip's own view the way back to all of them is where one is, but not the page itself.
    const state = (each) => (each !== current ? null : name === "clip" ? "true" : "page");
    for (const [each, link] of Object.entries(links)) link.ariaCurrent = state(each);
  });
  const help = make("a", { href: "help", target: "_blank" }, say("nav.help")); // beside what is being made, not instead
  return make("nav", { "aria-label": say("nav.label") }, links.make, links.clips, help);
}

function languageSwitch() {
  const other = languages.find((each) => each !== language);
  const choose = () => {
    document.cookie = `i2v_lang=${other}; path=${new URL(document.baseURI).pathname}; max-age=31536000; samesite=strict`;
    location.reload();
  };
  return make("button", { id: "language", type: "button", class: "quiet", lang: other, on: { click: choose } }, sayIn(other, "language.name"));
}
