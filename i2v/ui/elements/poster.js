// A clip's first frame as a still. Video elements kept for that would hold decoders, and browsers grant few of them.

let before = Promise.resolve();

/** Draws the first frame, filling the canvas; a clip whose file is gone leaves it empty. One clip at a time. */
export function drawPoster(canvas, url) {
  before = before.then(() => draw(canvas, url));
}

async function draw(canvas, url) {
  const film = document.createElement("video");
  film.muted = true;
  film.preload = "auto";
  film.src = url;
  const isThere = await new Promise((resolve) => {
    film.addEventListener("loadeddata", () => resolve(true));
    film.addEventListener("error", () => resolve(false));
  });
  if (isThere) {
    const scale = Math.max(canvas.width / film.videoWidth, canvas.height / film.videoHeight);
    const [width, height] = [film.videoWidth * scale, film.videoHeight * scale];
    canvas.getContext("2d").drawImage(film, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
  }
  film.removeAttribute("src"); // lets go of decoder and connection
  film.load();
}
