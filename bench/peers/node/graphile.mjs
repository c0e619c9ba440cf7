// graphile-worker with liquidjs, one POST a job, as the Node world would build it: `install` and `work`.
// A job names a notification, as in its documentation's examples. Local queue, batched completion, concurrency and pool
// are as https://worker.graphile.org/docs/performance advises; BENCH_TUNING may change the numbers.
import { Logger } from "@graphile/logger";
import { run, runMigrations } from "graphile-worker";
import { connect } from "./novu.mjs";
import { makeEvent } from "./templates.mjs";

const tuning = { jobs: 24, connections: 25, queue: 500, ...JSON.parse(process.env.BENCH_TUNING ?? "{}") };
const preset = {
  worker: {
    connectionString: process.env.DATABASE_URL,
    concurrentJobs: tuning.jobs,
    maxPoolSize: tuning.connections,
    localQueue: { size: tuning.queue },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
    // Errors only: a line for each job is none of the work.
    logger: new Logger(() => (level, message) => level === "error" && console.error(message)),
  },
};
const post = connect(tuning.jobs);

async function notify({ enterprise_id: enterprise, id }, { query }) {
  const { rows } = await query({
    name: "read",
    text: `select enterprise_id, id, recipients[1] as recipient, payload from notification
           where enterprise_id = $1 and id = $2 and status = 'PENDING'`,
    values: [enterprise, id],
  });
  if (rows.length === 0) return;
  const answer = await post("/v1/events/trigger", makeEvent(rows[0]));
  if (answer.status !== "processed") throw new Error(`Novu says ${answer.status}`);
  await query({
    name: "sent",
    text: "update notification set status = 'SENT', sent_at = now() where enterprise_id = $1 and id = $2",
    values: [enterprise, id],
  });
}

if (process.argv[2] === "install") {
  await runMigrations({ preset });
} else {
  const runner = await run({ preset, taskList: { notify } });
  await runner.promise;
}
