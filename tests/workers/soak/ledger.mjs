// What the clients know of each photo: an acknowledgement is a promise, a broken connection leaves it open.

/** Photos by checksum. States: `sent` (perhaps there), `kept`, `leaving` (perhaps gone), `gone`. */
export class Ledger {
  #photos = new Map();

  /** A photo is about to be uploaded. */
  send(checksum, name) {
    this.#photos.set(checksum, { checksum, name, state: "sent" });
  }

  /** The server said what became of an upload or of a deletion. */
  set(checksum, state, id) {
    const photo = this.#photos.get(checksum);
    photo.state = state;
    if (id) photo.id = id;
  }

  /** All photos in one of these states. */
  in(...states) {
    return [...this.#photos.values()].filter(({ state }) => states.includes(state));
  }

  /** Counts for people. */
  summary() {
    const count = (state) => this.in(state).length;
    return `${count("kept")} photos kept, ${count("gone")} deleted, ${count("sent")} uploads and ${count("leaving")} deletions without an answer`;
  }
}
