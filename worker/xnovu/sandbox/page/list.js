// The list: as many items as were loaded, of which only the rows in sight are elements.

import { NAMES, clock, element, enterprise, icon } from "./elements.js";

const ROW = 66;
const SPARE = 4;
const KEEP_LIVE = 500;

export class List {
  /** box: what scrolls; rows: what is as high as all items; onSelect(item), onEnd(): more is wanted; onTop(). */
  constructor(box, rows, { onSelect, onEnd, onTop }) {
    Object.assign(this, { box, rows, onSelect, onEnd, onTop, items: [], selected: null, older: null });
    let due = false;
    const draw = () => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => ((due = false), this.draw()));
    };
    box.addEventListener("scroll", draw, { passive: true });
    new ResizeObserver(draw).observe(box);
    box.addEventListener("click", (event) => this.select(this.at(event.target.closest("[role=option]")?.id)));
    box.addEventListener("keydown", (event) => this.key(event));
  }

  get atTop() {
    return this.box.scrollTop < ROW / 2;
  }

  at(id) {
    return this.items.find((item) => `m${item.id}` === id);
  }

  /** Begin anew with these items. */
  replace(items, older) {
    Object.assign(this, { items, older });
    this.box.scrollTop = 0;
    this.draw();
  }

  /** Add newer items; the reader's place stays where it is, unless that is the top. */
  prepend(items) {
    const stays = !this.atTop;
    const arrived = performance.now();
    for (const item of items) item.arrived = arrived;
    this.items = [...items, ...this.items];
    if (!stays && this.items.length > KEEP_LIVE) {
      this.items.length = KEEP_LIVE;
      this.older = this.items.at(-1).id;
    }
    this.size();
    if (stays) this.box.scrollTop += items.length * ROW;
    this.draw();
  }

  /** Add older items. */
  append(items, older) {
    this.items.push(...items);
    this.older = older;
    this.draw();
  }

  select(item) {
    if (!item) return;
    this.selected = item.id;
    const top = this.items.indexOf(item) * ROW;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    const below = top + ROW - this.box.clientHeight;
    if (below > this.box.scrollTop) this.box.scrollTop = below;
    this.draw();
    this.onSelect(item);
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.box.clientHeight / ROW) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[event.key];
    if (!step) return;
    event.preventDefault();
    const now = this.items.findIndex((item) => item.id === this.selected);
    this.select(this.items[Math.max(0, Math.min(this.items.length - 1, now + step))]);
  }

  size() {
    this.rows.style.height = `${this.items.length * ROW}px`;
  }

  /** Make the rows in sight, and ask for more when the end is near. */
  draw() {
    this.size();
    const { scrollTop, clientHeight } = this.box;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - SPARE);
    const last = Math.min(this.items.length, Math.ceil((scrollTop + clientHeight) / ROW) + SPARE);
    this.rows.replaceChildren(...this.items.slice(first, last).map((item, n) => this.row(item, first + n)));
    this.box.setAttribute("aria-activedescendant", this.selected ? `m${this.selected}` : "");
    if (this.older !== null && last > this.items.length - 2 * SPARE) this.onEnd();
    if (this.atTop) this.onTop();
  }

  row(item, position) {
    const chips = item.channels.map(({ channel, failed }) =>
      element(failed ? "span.chip.failed" : "span.chip", { title: NAMES[channel] + (failed ? ": failed" : "") }, icon(channel)),
    );
    const fresh = performance.now() - item.arrived < 1500;
    const made = element(
      `div.row.${item.kind}`,
      { role: "option", id: `m${item.id}`, "aria-selected": String(item.id === this.selected), "data-fresh": fresh },
      element("strong", { title: item.title }, item.title || "(says nothing)"),
      clock(item.at),
      element("span.about", {}, enterprise(item.tenant), element("span.workflow", {}, item.workflow || "unknown workflow")),
      element("span.chips", {}, ...(item.kind === "refusal" ? [element("span.status", {}, item.status ?? "no answer")] : chips)),
      element("span.recipient", { title: item.recipient }, item.recipient),
    );
    made.style.transform = `translateY(${position * ROW}px)`;
    return made;
  }
}
