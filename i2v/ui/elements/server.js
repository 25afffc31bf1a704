// The REST face of the app, as the page uses it.

import { say } from "./words.js";

/** A refusal with its code, what happened (`detail`) and what to do (`fix`), in the reader's language. */
export class Problem extends Error {
  constructor({ code, detail, fix, values = {} }) {
    super(detail);
    Object.assign(this, { code, detail, fix, values });
  }
}

/** Nobody answered, or only the splash of a server that is just starting. */
export class Unreachable extends Error {}

const ask = (path, options) => send(path, options, (response) => response.json());

async function send(path, options, read) {
  try {
    const response = await fetch(`api/v1/${path}`, { cache: "no-store", ...options });
    const type = response.headers.get("content-type") ?? "";
    if (response.ok) return await read(response);
    if (type.startsWith("application/problem+json")) throw new Problem(await response.json());
    if (response.status === 413) throw new Problem(tooLargeForProxy());
    throw new Unreachable();
  } catch (error) {
    throw error instanceof Problem ? error : new Unreachable();
  }
}

const tooLargeForProxy = () => ({ code: "body_too_large", detail: say("proxy.too_large"), fix: say("proxy.too_large.fix") });

const post = (path, body, headers) => ask(path, { method: "POST", body, headers });

function form(field, value, name) {
  const data = new FormData();
  if (name === undefined) data.set(field, value);
  else data.set(field, value, name);
  return data;
}

/** Hands a picture in; `background` is the colour behind its transparent parts, white where it is null. */
export function takePicture(file, background) {
  const data = form("image", file, file.name || "picture");
  data.set("request", JSON.stringify({ background }));
  return post("pictures", data);
}

export const readRecipe = (file) => post("recipes", form("clip", file, file.name || "clip"));

/** Width and height in pixels of a picture that the server keeps, as its file's first bytes tell. */
export const sizeOfPicture = (sha256) =>
  send(`pictures/${sha256}`, { headers: { Range: "bytes=0-23" } }, async (response) => {
    const head = new DataView(await response.arrayBuffer());
    return { width: head.getUint32(16), height: head.getUint32(20) };
  });

/** What `preprocess` would do to a picture; `query` names size and framing of the clip. */
export const readImprovement = (sha256, query) => ask(`pictures/${sha256}/improved?${query}`);

const emptyAnswer = () => null;
const postJson = (path, body, read = emptyAnswer) =>
  send(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }, read);

/** Finished clips: `limit`, `before` (a clip's place), words `q`, `starred`. Gives `jobs` and how many are `unread`. */
export const listClips = (wanted) => ask(`jobs?${new URLSearchParams({ status: "done", ...wanted })}`);
export const starClip = (id, isOn) => post(`jobs/${id}/${isOn ? "star" : "unstar"}`);
export const deleteJob = (id) => send(`jobs/${id}`, { method: "DELETE" }, emptyAnswer);
export const restoreJob = (id) => post(`jobs/${id}/restore`);
export const readCommand = (id) => ask(`jobs/${id}/command`);
export const openFolder = (id) => postJson("folder/open", id ? { job_id: id } : {});
export const fetchZip = (ids) =>
  postJson("clips/zip", { ids }, async (response) => {
    const [, name] = /filename="([^"]+)"/.exec(response.headers.get("content-disposition"));
    return { blob: await response.blob(), name };
  });
export const listJobs = async (limit) => (await ask(`jobs?limit=${limit}`)).jobs;
export const readJob = (id) => ask(`jobs/${id}`);
export const readLog = (after) => ask(after ? `log?after=${encodeURIComponent(after)}` : "log");
export const readQueue = () => ask("queue");
export const moveJob = (id, before) => post(`jobs/${id}/move`, JSON.stringify({ before }));
export const runNext = (id) => post(`jobs/${id}/next`);
export const editJob = (id, change) => ask(`jobs/${id}`, { method: "PATCH", body: JSON.stringify(change) });
export const retryJob = (id, key) => post(`jobs/${id}/retry`, undefined, { "Idempotency-Key": key });
export const cancelWaiting = () => post("queue/cancel");
export const cancelJob = (id) => post(`jobs/${id}/cancel`);
export const readModels = () => ask("models");
export const startDownload = (engine) => post(`models/${engine}/download`);
export const checkFiles = (engine) => post(`models/${engine}/download?thorough=true`);
export const removeFiles = (engine) => ask(`models/${engine}`, { method: "DELETE" });
export const cancelDownload = (engine) => post(`models/${engine}/cancel`);
export const readMachine = () => ask("gpu_status");
export const estimate = (wish) => post("estimate", JSON.stringify(wish));
export const askCoach = (wish) => post("coach", JSON.stringify(wish));
export const readBuilder = () => ask("coach/words");
export const readSentences = () => ask("sentences");
export const readRanking = async (batch) => (await ask(`batches/${batch}`)).ranking;
export const cancelBatch = (batch) => post(`batches/${batch}/cancel`);
export const submitBatch = (wish, key) => post("batches", form("request", JSON.stringify(wish)), { "Idempotency-Key": key });
export const readBatch = async (batch) => (await ask(`batches/${batch}`)).jobs;
export const readMeasures = (id) => ask(`jobs/${id}/measures`);
export const readWay = (id) => ask(`jobs/${id}/way`);
export const refineJob = (id, change, key) => post(`jobs/${id}/refine`, JSON.stringify(change), { "Idempotency-Key": key });
export const finishJob = (id, change, key) => post(`jobs/${id}/final`, JSON.stringify(change), { "Idempotency-Key": key });
export const submitJob = (wish, key) => post("jobs", form("request", JSON.stringify(wish)), { "Idempotency-Key": key });
