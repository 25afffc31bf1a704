// Clips that play by themselves.

import { make } from "./make.js";

export const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

/** A silent film in a loop. It begins by itself, unless motion is unwelcome. */
export function buildFilm(url, attributes) {
  const film = make("video", { loop: true, playsinline: true, ...attributes });
  film.muted = true; // the attribute alone does not count for an element made by a script
  film.src = url;
  if (!isCalm.matches) film.play().catch(() => {}); // where the browser forbids it, its own button is there
  return film;
}

/** When the picture can be shown whole; rejects where it is gone by then. */
export function decodeAside(url) {
  const next = new Image();
  next.src = url;
  return next.decode();
}
