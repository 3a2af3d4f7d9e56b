// The realtime channel until it is built (docs/realtime.md): socket.io over a WebSocket that accepts whoever comes and says
// goodbye. A client that was disconnected by the server does not connect again; one that finds nobody asks every five seconds.
const OPEN = { upgrades: [], pingInterval: 25000, pingTimeout: 20000, maxPayload: 1000000 };

/** Packets of Engine.IO 4 and Socket.IO 5: `0` opens, `40` connects to the namespace `/`, `41` disconnects. */
const CONNECT = "40";
const DISCONNECT = "41";

/** Whether a request wants to become a WebSocket of the realtime channel. */
export function isSocket(request, path) {
  return /^\/api\/socket\.io\/?$/.test(path) && request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** Takes the connection, and ends it as soon as the client has said that it is there. */
export function acceptAndDisconnect() {
  const [client, server] = Object.values(new WebSocketPair());
  const sid = crypto.randomUUID();
  server.accept();
  server.addEventListener("message", ({ data }) => {
    if (typeof data === "string" && data.startsWith(CONNECT)) {
      server.send(`${CONNECT}${JSON.stringify({ sid })}`);
      server.send(DISCONNECT);
    }
    server.close(1000);
  });
  server.send(`0${JSON.stringify({ sid, ...OPEN })}`);
  return new Response(null, { status: 101, webSocket: client });
}
