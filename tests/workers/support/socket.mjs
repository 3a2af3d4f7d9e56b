// Devices on the realtime channel, by the official client of socket.io.
import { io } from "socket.io-client";

/** The headers of a session. */
export const bearer = (token) => ({ authorization: `Bearer ${token}` });

/** The devices of a story. */
export class Devices {
  #open = new Set();

  /** A device as the web app connects; what it hears before anybody waits for it is kept. */
  connect(url, extraHeaders, transports = ["websocket"]) {
    const socket = io(url, { path: "/api/socket.io", transports, extraHeaders, forceNew: true, autoConnect: false });
    this.#open.add(socket);
    const heard = [];
    const waiting = [];
    socket.onAny((name, ...payload) => {
      const index = waiting.findIndex((wait) => wait.name === name);
      if (index < 0) heard.push({ name, payload });
      else waiting.splice(index, 1)[0].resolve(payload);
    });
    const next = (name) => {
      const index = heard.findIndex((event) => event.name === name);
      if (index >= 0) return Promise.resolve(heard.splice(index, 1)[0].payload);
      return new Promise((resolve) => waiting.push({ name, resolve }));
    };
    // Not `once` of node:events, which takes the event `error` for its own failure.
    const connected = new Promise((resolve) => socket.once("connect", resolve));
    const left = new Promise((resolve) => socket.once("disconnect", resolve));
    socket.connect();
    return { socket, next, connected, left };
  }

  /** Takes all of them away. */
  close() {
    for (const socket of this.#open) socket.close();
  }
}
