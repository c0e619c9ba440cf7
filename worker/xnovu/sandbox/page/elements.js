// Making elements. Everything that the sandbox was sent goes into the page as text, never as markup.

/** An element: its name with classes ("p.note"), attributes (those that are null or false are left out), children (nodes or texts). */
export function element(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** The icon of a channel. */
export function icon(channel) {
  const made = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${channel}`);
  made.setAttribute("aria-hidden", "true");
  made.append(use);
  return made;
}

/** A short form of an id: the ends of a uuid, which are what differs; others whole. */
export function short(id) {
  return /^[0-9a-f-]{36}$/i.test(id) ? `${id.slice(0, 8)}…${id.slice(-4)}` : id;
}

/** A dot in a colour of the enterprise's own, and its short id. */
export function enterprise(id) {
  const made = element("span.enterprise", { title: id ?? "no enterprise in the context" }, id ? short(id) : "no enterprise");
  let hash = 2166136261; // FNV-1a, whose last bits are stirred once more
  for (const character of id ?? "") hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
  made.style.setProperty("--hue", 60 + (((hash ^ (hash >>> 12)) >>> 0) % 18) * 15); // no red: that is for failures
  return made;
}

/** The time of day here, for milliseconds since 1970. */
export function clock(at) {
  return element("time", { datetime: new Date(at).toISOString(), title: new Date(at).toString() }, new Date(at).toLocaleTimeString("en-GB"));
}

export const NAMES = { email: "Email", in_app: "In-app", sms: "SMS", push: "Push", chat: "Chat" };

const KEPT = new Set("P BR STRONG B EM I U S UL OL LI H1 H2 H3 H4 BLOCKQUOTE CODE PRE".split(" "));
const DROPPED = new Set("SCRIPT STYLE TEMPLATE IFRAME OBJECT NOSCRIPT TEXTAREA TITLE SELECT SVG MATH".split(" "));

/** The text of some HTML with its plain formatting: new elements of a few kinds, without attributes. The parser's own
 * document is inert, so nothing in it runs or loads. */
export function plainFormatting(html) {
  const made = document.createDocumentFragment();
  copy(new DOMParser().parseFromString(html, "text/html").body, made);
  return made;
}

function copy(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    const name = node.nodeName.toUpperCase();
    if (DROPPED.has(name)) continue;
    const kept = KEPT.has(name) ? document.createElement(name) : name === "A" ? element("span.link") : null;
    copy(node, kept ?? to);
    if (kept) to.append(kept);
  }
}
