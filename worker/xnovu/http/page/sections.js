// What the page shows of a status, as /api/status and /api/status/all give it.

import { clock, count, duration, html } from "./dom.js";
import { bar, lines } from "./plot.js";

const KINDS = { waiting: "Waiting", queued: "Queued", claimed: "Claimed", scheduled: "Scheduled" };
const COLOURS = { critical: "bad", normal: "first", bulk: "second" };
const MINUTE_MS = 60000;

/** Show it in place of what was shown before. */
export function draw(place, status) {
  const { failures, workers, targets } = status;
  const shown = [rate(status), speed(status), depth(status), failed(failures)];
  if (workers) shown.push(living(workers));
  if (targets) shown.push(reached(targets));
  place.replaceChildren(...shown);
}

const section = (title, ...children) => html("section", { "aria-label": title }, ...children);

/** A table; a cell is a text, a node, or [text, class]. `nothing` stands in place of one without rows. */
function table(caption, headings, rows, nothing) {
  if (!rows.length) return html("div", {}, html("h2", {}, caption), html("p", { class: "quiet" }, nothing));
  const cell = (given) => (Array.isArray(given) ? html("td", { class: given[1] }, given[0]) : html("td", {}, given));
  return html(
    "div",
    { class: "scrolled", tabindex: "0", role: "region", "aria-label": caption },
    html(
      "table",
      {},
      html("caption", {}, caption),
      html("thead", {}, html("tr", {}, ...headings.map((heading) => html("th", { scope: "col" }, heading)))),
      html("tbody", {}, ...rows.map((cells) => html("tr", {}, ...cells.map(cell)))),
    ),
  );
}

/** A line for each lane over the last 60 minutes that are over: what `value` is of a minute, or `none` where nothing was sent. */
function byLane({ at, lanes, minutes }, value, none) {
  const last = Math.floor(Date.parse(at) / MINUTE_MS);
  const times = Array.from({ length: 60 }, (_, place) => (last - 60 + place) * MINUTE_MS);
  const series = lanes.map(({ lane }) => {
    const known = new Map(minutes.filter((one) => one.lane === lane).map((one) => [Date.parse(one.at), value(one)]));
    return { name: lane, kind: COLOURS[lane], values: times.map((time) => known.get(time) ?? none) };
  });
  return { times, series };
}

function rate(status) {
  const title = "Deliveries that Novu accepted, a minute";
  const drawn = byLane(status, (minute) => minute.sent, 0);
  const cells = drawn.series.map(({ name, values }) => [name, number(values.reduce((sum, value) => sum + value)), number(Math.max(...values))]);
  return section("Rate", lines({ title, ...drawn, say: count, least: 10 }), table("In the last hour", ["Lane", "Accepted", "Most in a minute"], cells, ""));
}

function speed(status) {
  const title = "Until Novu accepted 95% of them";
  return section("Latency", lines({ title, ...byLane(status, (minute) => minute.p95, null), say: duration, least: 0.1 }), newest(status));
}

function newest({ lanes, minutes }) {
  const cells = lanes.flatMap(({ lane }) => {
    const last = minutes.filter((one) => one.lane === lane).at(-1);
    if (!last) return [];
    return [[lane, clock(last.at), number(last.sent), ...[last.p50, last.p95, last.p99].map((part) => number(part, duration))]];
  });
  return table("Each lane's last minute", ["Lane", "Minute", "Accepted", "50%", "95%", "99%"], cells, "Nothing was sent in the last hour.");
}

const number = (value, say = count) => [value === null ? "–" : say(value), "number"];

function depth({ lanes, stuck }) {
  const kinds = Object.keys(KINDS);
  const most = Math.max(...lanes.map((lane) => kinds.reduce((sum, kind) => sum + lane[kind], 0)));
  const cells = lanes.map((lane) => [
    lane.lane,
    [bar(kinds.map((kind) => ({ kind, value: lane[kind] })), most), "wide"],
    ...kinds.map((kind) => number(lane[kind])),
    number(lane.oldestSeconds, duration),
  ]);
  const headings = ["Lane", "", ...kinds.map((kind) => html("span", { class: `key ${kind}` }, KINDS[kind])), "Oldest due"];
  const shown = [table("Lanes: deliveries that are not finished", headings, cells, "")];
  for (const one of stuck ?? []) {
    const age = one.ageSeconds === null ? "" : `, the oldest for ${duration(one.ageSeconds)}`;
    shown.push(html("p", { class: "bad" }, `${count(one.count)} in the lane ${one.lane} are stuck: ${one.state.toLowerCase()}${age}.`));
  }
  return section("Lanes", ...shown);
}

function failed(failures) {
  const isOfOne = failures.some((one) => one.workflow); // else of all enterprises together: no word of theirs
  const cells = failures.map((one) => [
    number(one.count),
    html("code", {}, one.code ?? ""),
    clock(one.lastAt),
    ...(isOfOne ? [one.workflow ?? "", [one.message ?? "", "message"]] : []),
  ]);
  const headings = ["How many", "Reason", "Last", ...(isOfOne ? ["Workflow", "For example"] : [])];
  return section("Failures", table("Failed in the last hour", headings, cells, "Nothing failed in the last hour."));
}

function living(workers) {
  const cells = workers.map((one) => [
    html("code", {}, one.worker),
    one.version ?? "",
    [one.state, one.state === "ALIVE" ? "good" : "bad"],
    number(one.silentSeconds, duration),
    number(one.underWay),
    one.orders.join(", ") || "–",
  ]);
  const headings = ["Worker", "Version", "State", "Silent for", "Under way", "Orders"];
  return section("Workers", table("Workers", headings, cells, "No worker has given a sign of life in the last day."));
}

function reached(targets) {
  const cells = targets.map((one) => [
    html("code", {}, one.target),
    [one.breaker, one.breaker === "CLOSED" ? "good" : "bad"],
    number(one.failureCount),
    one.verdict ?? "–",
    number(one.tokensLeft),
  ]);
  const headings = ["Target", "Breaker", "Failures in a row", "The last", "Tokens left"];
  return section("Targets", table("Targets: Novu's environments", headings, cells, ""));
}
