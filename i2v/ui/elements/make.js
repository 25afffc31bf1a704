// Small hands for the DOM. Text always arrives as text: nothing here, or in any module beside it, parses HTML from data.

/** An element. `on` holds listeners by event; attributes that are false or null are left out. */
export function make(tag, { on = {}, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...children.filter((child) => child != null));
  return element;
}

/** Sets text only where it differs, so that a live region speaks of news alone. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** New content for a place; whoever stood in it with the keyboard goes on standing in it. */
export function refill(place, ...children) {
  const held = place.contains(document.activeElement);
  place.replaceChildren(...children);
  if (held) place.querySelector("button, a[href], [tabindex='-1']")?.focus({ preventScroll: true });
}

/** Fills a place anew only when what it shows has changed, so that focus and selection in it survive a poll. */
export function redraw(place, content, drawer, shown) {
  const now = JSON.stringify(content ?? null);
  if (place.dataset.content === now) return;
  place.dataset.content = now;
  refill(place, ...(shown ? drawer(shown) : []));
}

/** A button that does one thing at a time. It keeps the focus while it waits, which a disabled one would not. */
export function deedButton(attributes, deed, label) {
  const button = make("button", { type: "button", ...attributes }, label);
  button.addEventListener("click", async () => {
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    if (!(await deed())) button.ariaDisabled = null;
  });
  return button;
}

/** The element with this id, as soon as the page has it. */
export function appear(id) {
  const present = document.getElementById(id);
  if (present) return Promise.resolve(present);
  return new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      const element = document.getElementById(id);
      if (!element) return;
      observer.disconnect();
      resolve(element);
    });
    observer.observe(document, { childList: true, subtree: true });
  });
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
