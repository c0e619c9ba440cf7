// Making elements. What the server tells goes into the page as text and as attributes that run nothing, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** An element of HTML; a child that is null is left out. */
export const html = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);

/** An element of SVG. */
export const svg = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A number for people: 1,234. */
export const count = (number) => whole.format(number);

/** Seconds for people: 12 ms, 3.4 s, 5 min, 2.1 h, 3 days. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  for (const [unit, size] of [["days", 86400], ["h", 3600], ["min", 60]]) {
    if (seconds >= 2 * size) return `${+(seconds / size).toFixed(1)} ${unit}`;
  }
  return `${+seconds.toFixed(1)} s`;
}

/** The time of day here. */
export const clock = (at) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
