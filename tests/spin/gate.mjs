// A door between the components and a server: passes everything on, refuses everybody, or lets everybody wait.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/** Listens on a port of its own for what is meant for `target`. */
export class Gate {
  #sockets = new Set();

  /** Opens one in front of the host and port of a URL. */
  static async open(target) {
    const gate = new Gate();
    gate.target = { host: target.hostname, port: Number(target.port) };
    gate.server = createServer((socket) => gate.#enter(socket));
    await gate.#listen(0);
    gate.port = gate.server.address().port;
    return gate;
  }

  #enter(socket) {
    this.#keep(socket);
    if (this.held) return;
    const other = this.#keep(connect(this.target));
    socket.pipe(other).pipe(socket);
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
    return socket;
  }

  async #listen(port) {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
  }

  /** Breaks all connections and refuses new ones. */
  refuse() {
    this.server.close();
    this.#sockets.forEach((socket) => socket.destroy());
  }

  /** Lets new connections wait for ever, as a server that hangs; those that are open stay as they are. */
  hold() {
    this.held = true;
  }

  /** Passes on again, after `refuse`. */
  async pass() {
    this.held = false;
    await this.#listen(this.port);
  }

  async close() {
    this.refuse();
  }
}
