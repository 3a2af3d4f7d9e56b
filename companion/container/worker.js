// Keeps a companion running in a container of Cloudflare. It asks the server for work itself: nothing is ever sent to it.
import { DurableObject } from "cloudflare:workers";

/** How long a container outlives this object, ms: longer than the pause between two calls of `keep`. */
const ALONE = 15 * 60_000;

/** One companion. */
export class Companion extends DurableObject {
  /** Starts it unless it runs. */
  async keep() {
    const { container } = this.ctx;
    if (!container.running) {
      const { EDGE_COMPANION_SERVER, EDGE_COMPANION_TOKEN } = this.env;
      container.start({ enableInternet: true, env: { EDGE_COMPANION_SERVER, EDGE_COMPANION_TOKEN } });
    }
    await container.setInactivityTimeout(ALONE);
  }
}

export default {
  async scheduled(_event, env) {
    await env.COMPANION.getByName("companion").keep();
  },
};
