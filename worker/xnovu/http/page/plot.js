// Plots as SVG: lines over the last hour, and bars for what waits. Each says in words what it shows.

import { clock, html, svg } from "./dom.js";

const WIDTH = 600;
const HEIGHT = 170;
const LEFT = 52;
const BOTTOM = 20;
const TOP = 8;

/** The round number at or above `value` that ends an axis: 1, 2 or 5 times a power of ten. */
function above(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((round) => round >= value * (1 - 1e-9));
}

/**
 * A figure with lines. times: of the points, a minute apart, in milliseconds since 1970; series: [{name, kind, values}], a value that
 * is null leaves a gap; say: a value for people; least: the axis ends there at least.
 */
export function lines({ title, times, series, say, least }) {
  const top = above(Math.max(least, ...series.flatMap(({ values }) => values.filter((value) => value !== null))));
  const x = (place) => LEFT + ((WIDTH - LEFT - 6) * place) / Math.max(times.length - 1, 1);
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const latest = series.map(({ name, values }) => `${name} ${say(values.at(-1) ?? null)}`).join(", ");
  const drawn = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}. At the end: ${latest}` },
    ...[0, 0.5, 1].map((part) => rule(y(top * part), say(top * part))),
    ...times.map((at, place) => (new Date(at).getMinutes() % 15 === 0 ? tick(x(place), clock(at)) : null)),
    ...series.map(({ kind, values }) => svg("path", { class: `line ${kind}`, d: path(values, x, y) })),
    ...times.map((at, place) => hint(at, place, x, series, say)),
  );
  const legend = series.map(({ name, kind, values }) => html("li", { class: kind }, `${name} `, html("b", {}, say(values.at(-1) ?? null))));
  return html("figure", {}, html("figcaption", {}, title, html("ul", { class: "legend" }, ...legend)), drawn);
}

function rule(at, text) {
  return svg(
    "g",
    { class: "rule" },
    svg("line", { x1: LEFT, x2: WIDTH - 6, y1: at, y2: at }),
    svg("text", { x: LEFT - 6, y: at + 4, "text-anchor": "end" }, text),
  );
}

function tick(at, text) {
  return svg("text", { class: "tick", x: at, y: HEIGHT - 5, "text-anchor": "middle" }, text);
}

function path(values, x, y) {
  let pen = "M";
  return values
    .map((value, place) => {
      if (value === null) {
        pen = "M";
        return "";
      }
      const step = `${pen}${x(place).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = "L";
      return values[place + 1] === null && (place === 0 || values[place - 1] === null) ? `${step}h.1` : step;
    })
    .join("");
}

/** A strip that shows the values of its minute to the mouse. */
function hint(at, place, x, series, say) {
  const text = series.map(({ name, values }) => `${name} ${say(values[place])}`).join("\n");
  const wide = x(1) - x(0);
  return svg(
    "rect",
    { class: "hint", x: x(place) - wide / 2, y: TOP, width: wide, height: HEIGHT - TOP - BOTTOM },
    svg("title", {}, `${clock(at)}\n${text}`),
  );
}

/** A bar whose parts stand beside each other: [{kind, value}], `most` is as long as the whole. */
export function bar(parts, most) {
  let from = 0;
  return svg(
    "svg",
    { class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    ...parts.map(({ kind, value }) => {
      const width = (100 * value) / Math.max(most, 1);
      const drawn = svg("rect", { class: kind, x: from, y: 0, width, height: 8 });
      from += width;
      return drawn;
    }),
  );
}
