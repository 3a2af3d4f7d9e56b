// The realtime channel where our host does not offer it yet: the official client is sent away and does not come back.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { io } from "../workers/node_modules/socket.io-client/build/esm-debug/index.js";
import { Server } from "../workers/support/server.mjs";

process.env.EDGE_TEST_SERVER = "spin-sqlite";

describe("the realtime channel", () => {
  let server;

  before(async () => {
    server = await Server.start();
  });
  after(() => server.stop());

  /** As the web app connects, but by these transports; gives why it was disconnected. */
  async function visit(transports) {
    const socket = io(server.url, { path: "/api/socket.io", transports, reconnection: true, forceNew: true, autoConnect: false });
    const failed = once(socket, "connect_error").then(([error]) => Promise.reject(error));
    const left = once(socket, "disconnect");
    const connected = once(socket, "connect");
    failed.catch(() => {});
    try {
      socket.connect();
      await Promise.race([connected, failed]);
      const [reason] = await Promise.race([left, failed]);
      return { reason, comesBack: socket.active, engine: socket.io._readyState };
    } finally {
      socket.close();
    }
  }

  for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
    test(`disconnects a client that comes by ${transports.join(" and ")}`, async () => {
      const { reason, comesBack, engine } = await visit(transports);
      assert.equal(reason, "io server disconnect");
      assert.equal(comesBack, false, "the client does not try again");
      assert.equal(engine, "closed");
    });
  }
});
