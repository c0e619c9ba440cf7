// graphile-worker with liquidjs, one POST a job, as the Node world would build it: `install` and `work`.
// Local queue, batched completion and pool are as https://worker.graphile.org/docs/performance advises; BENCH_TUNING
// may change the numbers.
import { run, runMigrations } from "graphile-worker";
import { Logger } from "@graphile/logger";
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
    // A line for each job would cost it a third of its speed.
    logger: new Logger(() => (level, message) => level === "error" && console.error(message)),
  },
};
const post = connect(tuning.jobs);

async function notify(notification, { query }) {
  const answer = await post("/v1/events/trigger", makeEvent(notification));
  if (answer.status !== "processed") throw new Error(`Novu says ${answer.status}`);
  await query({
    name: "sent",
    text: "update notification set status = 'SENT', sent_at = now() where enterprise_id = $1 and id = $2",
    values: [notification.enterprise_id, notification.id],
  });
}

if (process.argv[2] === "install") {
  await runMigrations({ preset });
} else {
  const runner = await run({ preset, taskList: { notify } });
  await runner.promise;
}
