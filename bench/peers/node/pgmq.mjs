// A consumer of pgmq in batches of 100 with liquidjs and bulk POSTs, the strongest thing that an outsider would write.
// The message carries all that is needed, so that nothing is read but the queue; one update and one delete for a batch.
import pg from "pg";
import { Pgmq } from "pgmq-js";
import { connect } from "./novu.mjs";
import { makeEvent } from "./templates.mjs";

const tuning = { loops: 4, ...JSON.parse(process.env.BENCH_TUNING ?? "{}") };
const database = { connectionString: process.env.DATABASE_URL, ssl: false, max: tuning.loops };
const pgmq = await Pgmq.new({ ...database }, { skipExtensionCreation: true });
const pool = new pg.Pool(database);
const post = connect(tuning.loops);

async function sendBatch() {
  const messages = await pgmq.msg.readBatch("notify", 60, 100);
  if (messages.length === 0) return false;
  const answers = await post("/v1/events/trigger/bulk", { events: messages.map(({ message }) => makeEvent(message)) });
  const accepted = messages.filter((_, place) => answers[place].status === "processed");
  const notifications = accepted.map(({ message }) => message);
  await pool.query({
    name: "sent",
    text: `update notification as n set status = 'SENT', sent_at = now()
           from unnest($1::uuid[], $2::uuid[]) as s (enterprise_id, id)
           where n.enterprise_id = s.enterprise_id and n.id = s.id`,
    values: [notifications.map((one) => one.enterprise_id), notifications.map((one) => one.id)],
  });
  await pgmq.msg.deleteBatch("notify", accepted.map(({ msgId }) => msgId));
  return true;
}

async function loop() {
  for (;;) {
    if (!(await sendBatch())) await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

await Promise.all(Array.from({ length: tuning.loops }, loop));
