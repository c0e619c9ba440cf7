// The page: keeps the list in step with the sandbox by asking what is new twice a second, and shows the selected message.

import { element, short } from "./elements.js";
import { List } from "./list.js";
import { show } from "./message.js";

const POLL_MS = 500;
const SEARCH_MS = 60;

const $ = (id) => document.getElementById(id);
const list = new List($("list"), $("rows"), { onSelect: open, onEnd: loadOlder, onTop: seeAll });

let unseen = 0;
let total = 0;
let newest = 0;
let epoch = null;
let version = 0; // of the filters: an answer to older ones is dropped
let loadingOlder = false;
let opened = 0;
let shown = null;
let tenants = "";

function seeAll() {
  unseen = 0;
  $("arrived").hidden = true;
}

function filters() {
  const channel = document.querySelector("input[name=channel]:checked").value;
  const chosen = { tenant: $("tenant").value, channel, search: $("search").value.trim(), failed: $("failed").checked ? "true" : "" };
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value));
}

async function get(path, query = {}) {
  const answer = await fetch(`${path}?${new URLSearchParams(query)}`);
  if (!answer.ok) throw new Error((await answer.json()).message);
  return answer.json();
}

/** Load the list anew for the filters. */
async function reload() {
  const mine = ++version;
  list.box.setAttribute("aria-busy", "true");
  const page = await get("/sandbox/messages", filters());
  if (mine !== version) return;
  begin(page);
}

function begin(page) {
  loadingOlder = false;
  unseen = 0;
  follow(page);
  total = page.total ?? 0;
  list.replace(page.items, page.older);
  summarise();
  list.box.setAttribute("aria-busy", "false");
  performance.mark("list");
  const kept = page.items.find((item) => item.id === list.selected) ?? page.items[0];
  if (kept) list.select(kept);
  else empty();
}

async function loadOlder() {
  if (loadingOlder) return;
  loadingOlder = true;
  const mine = version;
  try {
    const page = await get("/sandbox/messages", { ...filters(), before: list.older });
    if (mine !== version) return;
    loadingOlder = false;
    list.append(page.items, page.older);
  } catch {
    loadingOlder = mine === version ? false : loadingOlder; // the next scroll tries again
  }
}

/** Ask what is new, for ever. */
async function poll() {
  const mine = version;
  try {
    if (epoch === null) await reload();
    else {
      const page = await get("/sandbox/messages", { ...filters(), after: newest });
      if (mine === version) add(page);
    }
    say("live", "Live");
  } catch {
    say("lost", "The sandbox does not answer");
  }
  setTimeout(() => (document.hidden ? document.addEventListener("visibilitychange", poll, { once: true }) : poll()), POLL_MS);
}

function add(page) {
  if (page.epoch !== epoch) {
    epoch = null; // the next question is for all
    return;
  }
  if (page.older !== null) {
    begin(page); // more came than a page holds: begin anew from the newest
    return;
  }
  follow(page);
  if (page.total === undefined) return;
  total = page.total;
  if (page.items.length) {
    if (!list.atTop) unseen += page.items.length;
    list.prepend(page.items);
    if (shown === null) list.select(list.items[0]);
  }
  $("arrived").textContent = `${unseen.toLocaleString("en")} new`;
  $("arrived").hidden = !unseen;
  summarise();
}

function follow(page) {
  ({ newest, epoch } = page);
  const { counts } = page;
  $("failure-count").textContent = (counts.failed_steps + counts.refused).toLocaleString("en");
  $("failures").classList.toggle("some", counts.failed_steps + counts.refused > 0);
  if (page.tenants && page.tenants.join() !== tenants) {
    tenants = page.tenants.join();
    listTenants(page.tenants);
  }
}

function listTenants(found, chosen = $("tenant").value) {
  const ids = chosen && !found.includes(chosen) ? [...found, chosen] : found;
  const options = ids.map((id) => element("option", { value: id, title: id, selected: id === chosen }, short(id)));
  $("tenant").replaceChildren(element("option", { value: "" }, "All enterprises"), ...options);
}

function summarise() {
  const narrowed = Object.keys(filters()).length > 0;
  $("summary").textContent = `${total.toLocaleString("en")} ${total === 1 ? "notification" : "notifications"}${narrowed ? " match" : ""}`;
  document.title = `(${total.toLocaleString("en")}) Novu sandbox: delivers to nobody`;
}

function say(state, text) {
  if ($("state").className === state) return;
  $("state").className = state;
  $("state").textContent = text;
}

async function open(item) {
  const mine = ++opened;
  const { channel } = filters();
  const wanted = `${item.id} ${channel}`;
  if (shown === wanted) return;
  try {
    const message = await get(`/sandbox/messages/${item.id}`);
    if (mine !== opened) return;
    $("message").replaceChildren(...show(message, channel));
    $("message").scrollTop = 0;
    shown = wanted;
  } catch (problem) {
    if (mine === opened) $("message").replaceChildren(element("p.empty", {}, problem.message));
  }
}

function empty() {
  opened++;
  shown = null;
  list.selected = null;
  const narrowed = Object.keys(filters()).length > 0;
  $("message").replaceChildren(
    element("p.empty", {}, narrowed ? "Nothing here matches the filters." : "Nothing has come yet. What the worker sends appears here by itself."),
  );
}

/** After a change of a filter: the address says it, and the list follows. */
function change() {
  history.replaceState(null, "", `?${new URLSearchParams(filters())}`);
  reload().catch(() => (epoch = null));
}

function restore() {
  const asked = new URLSearchParams(location.search);
  $("search").value = asked.get("search") ?? "";
  $("failed").checked = asked.get("failed") === "true";
  for (const input of document.querySelectorAll("input[name=channel]")) input.checked = input.value === (asked.get("channel") ?? "");
  if (!document.querySelector("input[name=channel]:checked")) document.querySelector("input[name=channel]").checked = true;
  listTenants([], asked.get("tenant") ?? "");
}

let typing;
$("search").addEventListener("input", () => (clearTimeout(typing), (typing = setTimeout(change, SEARCH_MS))));
$("filters").addEventListener("change", (event) => event.target !== $("search") && change());
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("arrived").addEventListener("click", () => list.box.scrollTo({ top: 0 }));

restore();
poll();
