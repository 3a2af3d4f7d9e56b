// Put in front of a Worker by `serve.mjs --count`: counts what the Worker asks of its bindings, which is what
// Cloudflare bills, and tells the binding COUNTS after each event. No part of what is deployed.
import { env as bindings } from "cloudflare:workers";
import worker, * as exported from "./index.js";
export * from "./index.js";

let counts = {};
let isWatching = false;

function add(name, number = 1) {
  counts[name] = (counts[name] ?? 0) + number;
}

/** Lets `note(answer, arguments)` see what the method of all objects like `object` answers. */
function watch(object, method, note) {
  const shared = Object.getPrototypeOf(object);
  const original = shared[method];
  shared[method] = function (...values) {
    const answer = original.apply(this, values);
    if (answer instanceof Promise) return answer.then((result) => (note(result, values), result));
    note(answer, values);
    return answer;
  };
}

function watchDatabase(database) {
  const note = (results) => {
    add("trips");
    for (const { meta } of [results].flat()) {
      add("statements");
      add("rowsRead", meta.rows_read);
      add("rowsWritten", meta.rows_written);
    }
  };
  watch(database, "batch", note);
  watch(database.prepare("select 1"), "all", note);
}

// Classes of developers.cloudflare.com/r2/pricing; deleting and aborting is free.
function watchBucket(bucket) {
  for (const method of ["put", "list"]) watch(bucket, method, () => add("classA"));
  for (const method of ["get", "head"]) watch(bucket, method, () => add("classB"));
  watch(bucket, "delete", () => add("deletes"));
  let isUploadWatched = false;
  watch(bucket, "createMultipartUpload", (upload) => {
    add("classA");
    if (isUploadWatched) return;
    isUploadWatched = true;
    for (const method of ["uploadPart", "complete"]) watch(upload, method, () => add("classA"));
  });
}

function watchQueues(queue) {
  watch(queue, "send", () => add("messages"));
  watch(queue, "sendBatch", (_, [batch]) => add("messages", [...batch].length));
}

/** Bindings share their prototypes within an isolate, so each is watched once. */
function watchBindings(env) {
  if (isWatching) return;
  isWatching = true;
  if (env.DB) watchDatabase(env.DB);
  if (env.BUCKET) watchBucket(env.BUCKET);
  if (env.JOBS) watchQueues(env.JOBS);
}

/** Sends what was counted, which then starts from nothing. */
function tell(env) {
  const body = JSON.stringify(counts);
  counts = {};
  return env.COUNTS.fetch("http://counts/", { method: "POST", body });
}

const counted = (handler, event) => async (what, env, context) => {
  watchBindings(env);
  try {
    return await handler(what, env, context);
  } finally {
    add(event);
    context.waitUntil(tell(env));
  }
};

/** What wakes a Durable Object: requests and alarms, and messages of WebSockets, of which Cloudflare bills twenty as one. */
const WAKING = { fetch: "objects", alarm: "objects", webSocketMessage: "objectMessages" };

for (const [name, { prototype }] of Object.entries(exported)) {
  if (name === "default" || !prototype?.fetch) continue;
  for (const [method, event] of Object.entries(WAKING)) {
    const original = prototype[method];
    if (!original) continue;
    prototype[method] = async function (...values) {
      try {
        return await original.apply(this, values);
      } finally {
        add(event);
        await tell(bindings);
      }
    };
  }
}

export default Object.fromEntries(Object.entries(worker).map(([event, handler]) => [event, counted(handler, event)]));
