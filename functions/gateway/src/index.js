// The gateway: Cloudflare's entry point. It knows which Worker serves which path and hands the request over
// as it is; bodies stream through without being read. It is the one function in JavaScript: see docs/decisions.
import { areas } from "./routes.js";

const WELL_KNOWN = JSON.stringify({ api: { endpoint: "/api" } });

/** The service binding of the area that serves `path`, e.g. `ALBUMS` for `/api/albums/1`. */
export function bindingFor(path) {
  if (path === "/custom.css") return areas[path];
  if (!path.startsWith("/api/")) return undefined;
  const [first, second] = path.slice("/api/".length).split("/", 2);
  const found = areas[first] ?? areas[`${first}/${second}`];
  // `areas` is a plain object: names like `constructor` are none of its own.
  return typeof found === "string" ? found : undefined;
}

function json(status, body) {
  return new Response(body, { status, headers: { "content-type": "application/json; charset=utf-8" } });
}

/** The path of a URL, without the cost of parsing all of it. */
function pathOf(url) {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, end);
}

export default {
  fetch(request, env) {
    const path = pathOf(request.url);
    const service = env[bindingFor(path)];
    if (service) return service.fetch(request);
    if (path === "/.well-known/immich") return json(200, WELL_KNOWN);
    if (path === "/") return new Response("immich-edge\n");
    return json(404, JSON.stringify({ message: `Cannot ${request.method} ${path}` }));
  },
};
