// One message: what its recipient would get in each channel; or a refusal, with Novu's answer.

import { NAMES, clock, element, enterprise, icon, plainFormatting } from "./elements.js";

/** The elements that show the message (as /sandbox/messages/{id} describes it), of one channel only if that is given. */
export function show(message, channel) {
  return message.kind === "refusal" ? refusal(message) : delivery(message, channel);
}

function heading(message, ...facts) {
  return element("header", {}, element("h2", {}, message.title || "(says nothing)"), element("dl", {}, ...facts.flat()));
}

function fact(name, ...value) {
  return element("div", {}, element("dt", {}, name), element("dd", {}, ...value));
}

function delivery(message, channel) {
  const contents = message.contents.filter((content) => !channel || content.channel === channel);
  const email = contents.filter((content) => content.channel === "email");
  const others = ["push", "sms", "in_app", "chat"].flatMap((name) => contents.filter((content) => content.channel === name));
  return [
    heading(
      message,
      fact("Recipient", element("code", {}, message.recipient)),
      Object.keys(message.subscriber).length ? [fact("Known of them", known(message.subscriber))] : [],
      fact("Enterprise", enterprise(message.tenant)),
      fact("Workflow", element("code", {}, message.workflow), message.own ? " (the enterprise's own)" : ""),
      fact("Transaction", element("code", {}, message.transactionId)),
      fact("Received", clock(message.at)),
    ),
    element(
      "div.channels",
      {},
      email.length ? element("div.wide", {}, ...email.map((content) => panel(message, content))) : null,
      others.length ? element("div.narrow", {}, ...others.map((content) => panel(message, content))) : null,
    ),
  ];
}

/** What events said of a subscriber, in one line. */
function known({ email, phone, firstName, lastName, locale, avatar, data }) {
  const name = [firstName, lastName].filter(Boolean).join(" ");
  return [name, email, phone, locale, avatar, data && JSON.stringify(data)].filter(Boolean).join(" · ");
}

function panel(message, content) {
  const note = content.duplicate ? element("span.note", { title: "delivered before under this transactionId" }, "duplicate") : null;
  return element(
    `section.panel.${content.channel}`,
    { "aria-label": NAMES[content.channel] },
    element("h3", {}, icon(content.channel), NAMES[content.channel], note, content.segments ? segments(content.segments) : null),
    content.error === null ? null : failure(content.error),
    content.error === null || !content.blank ? views[content.channel](content, message) : null,
  );
}

function failure(error) {
  return element("p.failure", {}, element("b", {}, "This step failed, and nothing was delivered. "), "Novu's answer: ", element("code", {}, error));
}

function segments({ encoding, units, segments: count, room }) {
  const title = `${units} of the ${room} units of ${encoding} that ${count === 1 ? "a message" : `${count} messages`} can hold`;
  return element("span.segments", { title }, element("b", {}, `${count} segment${count === 1 ? "" : "s"}`), ` ${units}/${room} ${encoding}`);
}

const views = {
  email: (content, message) =>
    element(
      "div.window",
      {},
      element("p.subject", {}, content.subject ?? ""),
      element("iframe", { sandbox: "", src: `/sandbox/messages/${message.id}/email`, title: "The email", loading: "eager" }),
    ),
  push: (content) =>
    element("div.phone", {}, element("div.card", {}, element("b", {}, content.subject ?? ""), element("p", {}, content.body))),
  sms: (content) => element("p.bubble", {}, content.body),
  chat: (content) => element("p.bubble", {}, content.body),
  in_app: (content) =>
    element(
      "div.card",
      {},
      content.subject ? element("b", {}, content.subject) : null,
      element("div.text", {}, plainFormatting(content.body)),
    ),
};

function refusal(message) {
  const count = message.events.length;
  const what = message.status === null ? "No answer" : message.status < 400 ? "Acknowledged, and delivered to nobody" : "Refused";
  return [
    heading(
      message,
      fact("Outcome", element("b.status", {}, message.status === null ? what : `${what}: HTTP ${message.status}`)),
      fact("Enterprise", enterprise(message.tenant)),
      fact("Received", clock(message.at)),
    ),
    element("section.panel", {}, element("h3", {}, "Novu's answer"), element("pre", {}, message.answer)),
    element(
      "section.panel",
      {},
      element("h3", {}, count ? `What was asked: ${count} event${count === 1 ? "" : "s"}` : "What was asked can't be read"),
      ...message.events.map(asked),
    ),
  ];
}

function asked(event) {
  const shown = event.recipients.slice(0, 5).join(", ");
  const more = event.recipients.length > 5 ? ` and ${event.recipients.length - 5} more` : "";
  return element(
    "dl.asked",
    {},
    fact("Workflow", element("code", {}, event.workflow || "unknown")),
    fact("Transaction", element("code", {}, event.transactionId || "none")),
    fact(event.recipients.length === 1 ? "Recipient" : `${event.recipients.length} recipients`, element("code", {}, shown || "nobody"), more),
  );
}
