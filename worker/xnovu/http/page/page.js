// The page: asks for the status every few seconds with the key of whoever looks, and shows it. The key stays in this tab.

import { clock } from "./dom.js";
import { draw } from "./sections.js";

const EVERY_MS = 5000;
const LONGEST_MS = 60000;
const KEPT = "xnovu-status";
const KEY = /^xnovu_/; // anything else is the operator's token

const $ = (id) => document.getElementById(id);
let failures = 0;
let timer = null;
let entered = 0; // of the entrance: what was asked before is dropped

const read = () => JSON.parse(sessionStorage.getItem(KEPT) ?? "null");

function say(kind, text) {
  $("state").className = kind;
  $("state").textContent = text;
}

/** Show the entrance, and why; with the key where only something beside it is wrong. */
function leave(reason = "", key = "") {
  entered++;
  clearTimeout(timer);
  sessionStorage.removeItem(KEPT);
  $("sections").hidden = true;
  $("sections").replaceChildren();
  $("leave").hidden = true;
  $("whose").textContent = "";
  $("refusal").textContent = reason;
  $("key").value = key;
  $("entrance").hidden = false;
  say("", "");
  $("key").focus();
}

function ask({ key, enterprise }) {
  const query = enterprise ? `?${new URLSearchParams({ enterpriseId: enterprise })}` : "";
  const path = KEY.test(key) ? `/api/status${query}` : "/api/status/all";
  return fetch(path, { headers: { Authorization: `Bearer ${key}` }, cache: "no-store", signal: AbortSignal.timeout(20000) });
}

/** Ask once, and see to it that it is asked again. */
async function look() {
  const mine = entered;
  const given = read();
  if (!given) return leave();
  let wait = EVERY_MS;
  try {
    const answer = await ask(given);
    const told = await answer.json();
    if (mine !== entered) return;
    if (answer.ok) show(told);
    else wait = refused(answer, told, given);
  } catch {
    if (mine !== entered) return;
    wait = pause();
    say("lost", `The server does not answer. It is asked again in ${Math.round(wait / 1000)} s.`);
  }
  if (wait !== null) timer = setTimeout(again, wait);
}

/** What can pass is waited for: returns how long. What the reader must mend shows the entrance: null. */
function refused(answer, told, given) {
  if (answer.status === 429 || answer.status >= 500) {
    const wait = Math.max(pause(), 1000 * (Number(answer.headers.get("Retry-After")) || 0));
    say("lost", `${told.message} It is asked again in ${Math.round(wait / 1000)} s.`);
    return wait;
  }
  const keyIsGood = answer.status !== 401;
  $("which").hidden = !keyIsGood;
  leave(told.message, keyIsGood ? given.key : "");
  return null;
}

/** How long to wait after a failure: twice as long each time, and not all pages at once. */
function pause() {
  failures++;
  return Math.min(EVERY_MS * 2 ** failures, LONGEST_MS) * (0.75 + Math.random() / 4);
}

function again() {
  if (document.hidden) document.addEventListener("visibilitychange", again, { once: true });
  else look();
}

function show(told) {
  failures = 0;
  $("entrance").hidden = true;
  $("sections").hidden = false;
  $("leave").hidden = false;
  $("whose").textContent = told.enterpriseId ? `Enterprise ${told.enterpriseId}` : "All enterprises together";
  draw($("sections"), told);
  say("live", `Live, ${clock(told.at)}`);
}

$("entrance").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEPT, JSON.stringify({ key: $("key").value.trim(), enterprise: $("enterprise").value.trim() }));
  $("key").value = "";
  $("refusal").textContent = "";
  entered++;
  failures = 0;
  look();
});
$("leave").addEventListener("click", () => leave());

look();
