// When something was down. A broken connection or a 503 is right only then, and a moment longer.

/** How long after something is back a request may still break, in milliseconds. */
const GRACE_MS = 1000;

/** Times at which something was down. */
export class Outages {
  #spans = [];

  /** Runs what takes something down and brings it back. */
  async during(work) {
    const span = { from: Date.now(), to: Infinity };
    this.#spans.push(span);
    await work();
    span.to = Date.now();
  }

  /** Whether a request that started at `from` and ended at `to` met one. */
  met(from, to) {
    return this.#spans.some((span) => span.from <= to && from <= span.to + GRACE_MS);
  }
}
