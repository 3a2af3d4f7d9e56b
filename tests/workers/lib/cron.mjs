// Cron triggers for local runs: Miniflare keeps no clock, so this calls the Workers' scheduled handlers.

/** Whether a five-field cron expression (UTC) names the minute of `date`. */
export function matches(expression, date) {
  const now = [
    date.getUTCMinutes(),
    date.getUTCHours(),
    date.getUTCDate(),
    date.getUTCMonth() + 1,
    date.getUTCDay(),
  ];
  return expression
    .trim()
    .split(/\s+/)
    .every((field, index) => field.split(",").some((part) => inPart(part, now[index], index === 4)));
}

function inPart(part, value, isWeekday) {
  const [range, step] = part.split("/");
  const [low, high] = range === "*" ? [0, 99] : range.split("-").map(Number);
  // Cloudflare counts weekdays from 1 (Sunday) to 7.
  const at = isWeekday && range !== "*" ? value + 1 : value;
  const top = high ?? (step ? 99 : low);
  return at >= low && at <= top && (at - low) % Number(step ?? 1) === 0;
}

/** Calls every scheduled handler at its minutes; returns a function that stops it. */
export function startCrons(mf, configs) {
  const jobs = configs.flatMap(({ name, triggers }) => (triggers?.crons ?? []).map((cron) => ({ name, cron })));
  let timer;
  const arm = () => {
    timer = setTimeout(tick, 60_000 - (Date.now() % 60_000));
  };
  const tick = async () => {
    arm();
    const now = new Date();
    for (const { name, cron } of jobs.filter((job) => matches(job.cron, now))) {
      await runCron(mf, name, cron, now).catch((error) => console.error(`cron ${name} ${cron}:`, error));
    }
  };
  if (jobs.length > 0) arm();
  return () => clearTimeout(timer);
}

/** Calls one Worker's scheduled handler and waits for its end. */
export async function runCron(mf, name, cron, scheduledTime = new Date()) {
  const worker = await mf.getWorker(name);
  return worker.scheduled({ cron, scheduledTime });
}
