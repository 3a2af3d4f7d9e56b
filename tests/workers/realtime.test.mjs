// Story: the official client of the realtime channel, which is not built yet, is sent away and does not come back.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { io } from "socket.io-client";
import { Server } from "./support/server.mjs";

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
