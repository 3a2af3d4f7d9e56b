// The module a Worker starts with: binds the events of the wasm module to those of the runtime and starts
// the module afresh after a panic. The approach is that of worker-build 0.8 (Apache-2.0) by Cloudflare.
import * as wasm from "./bindings.js";

const state = wasm.__worker_init_state();

function noteCrash(error) {
  if (error instanceof WebAssembly.RuntimeError) {
    console.error("Critical", error);
    state.criticalError = true;
  }
}

function restartAfterCrash() {
  if (!state.criticalError) return;
  wasm.__wbg_reset_state();
  state.criticalError = false;
  state.instanceId++;
}

function guard(handler) {
  const run = async (event, env, ctx) => {
    restartAfterCrash();
    try {
      return await handler(event, env, ctx);
    } catch (error) {
      noteCrash(error);
      throw error;
    }
  };
  return (event, env, ctx) => {
    const done = run(event, env, ctx);
    // The runtime stops a Worker whose client has gone. What a request with a body has begun is brought to an
    // end (for up to 30 s), be it that what has been stored of half an upload is removed.
    if (event.body) ctx.waitUntil(done.catch(() => {}));
    return done;
  };
}

addEventListener("error", (event) => noteCrash(event.error));
