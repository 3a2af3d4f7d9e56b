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

/** Profiles the Workers of these names; `measure(work)` gives the milliseconds that all of them computed during `work()`. */
export async function profiler(port, names) {
  const sessions = [];
  for (const name of names) sessions.push(await session(`ws://127.0.0.1:${port}/core:user:${name}`));
  for (const { call } of sessions) {
    await call("Profiler.enable");
    await call("Profiler.setSamplingInterval", { interval: INTERVAL });
  }
  return {
    async measure(work) {
      for (const { call } of sessions) await call("Profiler.start");
      await work();
      let sum = 0;
      for (const { call } of sessions) sum += busyMs((await call("Profiler.stop")).profile);
      return sum;
    },
    close: () => sessions.forEach(({ close }) => close()),
  };
}
