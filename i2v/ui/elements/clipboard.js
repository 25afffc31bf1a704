// Text for the clipboard.

import { make } from "./make.js";

/** Browsers lend the clipboard's own interface to safe addresses only, and a page from another machine has none. */
export async function copyText(text) {
  const isCopied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
  if (isCopied) return;
  const field = make("textarea", { readonly: true });
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
