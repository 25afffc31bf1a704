// The history: all clips, and each of them for itself.

import { buildGallery } from "./gallery.js";
import { buildOnClip } from "./onclip.js";

export function buildLibrary(place) {
  place.append(buildGallery(), buildOnClip());
}
