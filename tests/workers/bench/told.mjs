// The realtime channel: how soon a device is sent away when what it connected with ends.
import { bearer, Devices } from "../support/socket.mjs";
import { ACCOUNT } from "./client.mjs";
import { print } from "./table.mjs";

/** Devices that are sent away, one after the other, for each row. */
const TIMES = 20;

/** By what a device may connect, and how that ends: `headers` of the device, and what is then asked for. */
const WAYS = {
  "a session logs out": async (client) => {
    const { accessToken } = await client.send("POST", "/api/auth/login", ACCOUNT);
    const headers = bearer(accessToken);
    return { headers, end: () => fetch(`${client.url}/api/auth/logout`, { method: "POST", headers }) };
  },
  "an API key is deleted": async (client) => {
    const { secret, apiKey } = await client.send("POST", "/api/api-keys", { name: "told", permissions: ["all"] });
    const end = () => fetch(`${client.url}/api/api-keys/${apiKey.id}`, { method: "DELETE", headers: client.headers });
    return { headers: { "x-api-key": secret }, end };
  },
};

/** Milliseconds from the request that ends it until its device knows. */
async function sentAway(client, way) {
  const { headers, end } = await way(client);
  const devices = new Devices();
  try {
    const { next, left } = devices.connect(client.url, headers);
    await next("on_server_version");
    const began = performance.now();
    const answer = await end();
    if (!answer.ok) throw new Error(`the end: ${answer.status} ${await answer.text()}`);
    const why = await left;
    if (why !== "io server disconnect") throw new Error(`left by ${why}`);
    return performance.now() - began;
  } finally {
    devices.close();
  }
}

/** Prints how long that takes. */
export async function told(url, { headers, send }) {
  const rows = [];
  for (const [name, way] of Object.entries(WAYS)) {
    const times = [];
    for (let time = 0; time < TIMES; time += 1) times.push(await sentAway({ url, headers, send }, way));
    times.sort((one, other) => one - other);
    rows.push([name, (times[TIMES / 2 - 1] + times[TIMES / 2]) / 2, times.at(-1)].map((it) => (typeof it === "number" ? it.toFixed(0) : it)));
  }
  print(`Devices that are sent away, ${TIMES} each, from the request until they know`, ["what ends", "median ms", "most ms"], rows);
}
