// How long single Workers compute, by V8's sampling profiler: workerd's own time also covers HTTP and the simulations
// of D1, R2 and Queues, for which Cloudflare does not bill.

/** Microseconds between two looks at what an isolate does. */
const INTERVAL = 500;

/** Nodes of a profile in which the isolate does nothing of its own. */
const RESTING = ["(idle)", "(program)"];

async function session(url) {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`no inspector at ${url}`));
  });
  const waiting = new Map();
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(data);
    waiting.get(id)?.(result);
    waiting.delete(id);
  };
  let last = 0;
  const call = (method, params = {}) =>
    new Promise((resolve) => {
      waiting.set((last += 1), resolve);
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  return { call, close: () => socket.close() };
}

/** Milliseconds in which samples found the isolate at work. */
function busyMs({ nodes, samples }) {
  const resting = new Set(nodes.filter((node) => RESTING.includes(node.callFrame.functionName)).map(({ id }) => id));
  return (samples.filter((id) => !resting.has(id)).length * INTERVAL) / 1000;
}

/** Names of all isolates as the inspector knows them: our Workers, and those of the simulations. */
export async function isolates(port) {
  const targets = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
  return targets.map(({ id }) => id);
}

/** The isolate of a Worker of ours. */
const own = (name) => `core:user:${name}`;

/** Profiles the Workers of these names; `measure(work)` gives the milliseconds that all of them computed during `work()`. */
export async function profiler(port, names) {
  const { measure, close } = await profilerOf(port, names.map(own));
  return { measure: async (work) => Object.values(await measure(work)).reduce((sum, ms) => sum + ms, 0), close };
}

/** Profiles these isolates; `measure(work)` gives the milliseconds that each of them computed during `work()`. */
export async function profilerOf(port, ids) {
  const sessions = [];
  for (const id of ids) sessions.push([id, await session(`ws://127.0.0.1:${port}/${id}`)]);
  for (const [, { call }] of sessions) {
    await call("Profiler.enable");
    await call("Profiler.setSamplingInterval", { interval: INTERVAL });
  }
  return {
    async measure(work) {
      for (const [, { call }] of sessions) await call("Profiler.start");
      await work();
      const found = {};
      for (const [id, { call }] of sessions) found[id] = busyMs((await call("Profiler.stop")).profile);
      return found;
    },
    close: () => sessions.forEach(([, { close }]) => close()),
  };
}
