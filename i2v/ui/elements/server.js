// The REST face of the app, as the page uses it.

/** A refusal with its code, what happened (`detail`) and what to do (`fix`), in the reader's language. */
export class Problem extends Error {
  constructor({ code, detail, fix, values = {} }) {
    super(detail);
    Object.assign(this, { code, detail, fix, values });
  }
}

/** Nobody answered, or only the splash of a server that is just starting. */
export class Unreachable extends Error {}

async function ask(path, options = {}) {
  try {
    const response = await fetch(`/api/v1/${path}`, { cache: "no-store", ...options });
    const type = response.headers.get("content-type") ?? "";
    if (response.ok) return await response.json();
    if (!type.startsWith("application/problem+json")) throw new Unreachable();
    throw new Problem(await response.json());
  } catch (error) {
    throw error instanceof Problem ? error : new Unreachable();
  }
}

const post = (path, body, headers) => ask(path, { method: "POST", body, headers });

function form(field, value, name) {
  const data = new FormData();
  if (name === undefined) data.set(field, value);
  else data.set(field, value, name);
  return data;
}

export const takePicture = (file) => post("pictures", form("image", file, file.name || "picture"));
export const listJobs = async (limit) => (await ask(`jobs?limit=${limit}`)).jobs;
export const readJob = (id) => ask(`jobs/${id}`);
export const cancelJob = (id) => post(`jobs/${id}/cancel`);
export const readModels = () => ask("models");
export const startDownload = (engine) => post(`models/${engine}/download`);
export const cancelDownload = (engine) => post(`models/${engine}/cancel`);
export const estimate = (wish) => post("estimate", JSON.stringify(wish));
export const submitJob = (wish, key) => post("jobs", form("request", JSON.stringify(wish)), { "Idempotency-Key": key });
