// What `serve.mjs --count` adds to a Worker: counted.js in front of its entry, and a binding to tell the counts.
import { readFileSync } from "node:fs";
import path from "node:path";

const SOURCE = path.join(import.meta.dirname, "counted.js");

/** Sums of what all Workers asked of their bindings since the last `take`. */
export class Counts {
  #sums = {};

  /** Miniflare's options for a Worker, with counting. */
  watched(options) {
    const entry = path.join(options.modulesRoot, "counted.js");
    const contents = readFileSync(SOURCE, "utf8").replace("./index.js", `./${path.basename(options.modules[0].path)}`);
    return {
      ...options,
      modules: [{ type: "ESModule", path: entry, contents }, ...options.modules],
      serviceBindings: { ...options.serviceBindings, COUNTS: (request) => this.#add(request) },
    };
  }

  async #add(request) {
    for (const [name, number] of Object.entries(await request.json())) {
      this.#sums[name] = (this.#sums[name] ?? 0) + number;
    }
    return new Response(null, { status: 204 });
  }

  /** The sums, which then start from nothing. */
  take() {
    const sums = this.#sums;
    this.#sums = {};
    return sums;
  }
}
