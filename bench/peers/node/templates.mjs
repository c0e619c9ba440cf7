// What every Node contender renders: the templates, compiled once by liquidjs as its documentation advises, and the
// event that Novu gets. HTML is escaped, subjects are text.
import { Liquid } from "liquidjs";

const sources = JSON.parse(process.env.BENCH_TEMPLATES);
const html = new Liquid({ templates: sources, cache: true, outputEscape: "escape" });
const text = new Liquid({ cache: true });
const compiled = {
  subject: text.parse(sources.subject),
  body: html.parse(sources.body),
  inAppSubject: text.parse(sources.in_app_subject),
  inAppBody: html.parse(sources.in_app_body),
};

// The synchronous calls: they do the same, without a promise for each tag.
export function makeEvent(notification) {
  const { enterprise_id: enterprise, id, recipient, payload } = notification;
  return {
    name: process.env.BENCH_WORKFLOW,
    to: [`${enterprise}:${recipient}`],
    transactionId: id,
    context: { tenant: enterprise },
    payload: {
      email: { subject: text.renderSync(compiled.subject, payload), body: html.renderSync(compiled.body, payload) },
      in_app: { subject: text.renderSync(compiled.inAppSubject, payload), body: html.renderSync(compiled.inAppBody, payload) },
    },
  };
}
