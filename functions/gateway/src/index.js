// The gateway: Cloudflare's entry point. It knows which Worker serves which path and hands the request over
// as it is; bodies stream through without being read. It is the one function in JavaScript: see docs/decisions.
import { areas, removed } from "./routes.js";

/** The app of the generation before says so itself; whoever else is of it uses addresses below /v2 (docs/generations.md). */
const OLD_APP = /^immich-(?:android|ios)\/[012]\./i;

/** The service binding of the area that serves `path`, e.g. `ALBUMS` for `/api/albums/1`, `SHARED_LINKS` for `/share/key`, `EDITS` for `/api/assets/1/edits`, `STREAM` for `/api/assets/1/video/stream`, `ASSET_METADATA` for `/api/assets/metadata`. A slash at the end changes nothing. */
function bindingFor(method, path) {
  if (!path.startsWith("/api/")) {
    const [folder] = path.match(/^\/[^/]+\/(?=.)/) ?? [];
    return areas[path.replace(/(?<=.)\/$/, "")] ?? areas[folder];
  }
  const [first, second, third, fourth] = path.slice("/api/".length).split("/", 4);
  const old = second && (removed[`${first}/${second}`] ?? (third && removed[`${first}/*/${third}`]));
  if (old === method) return "LEGACY";
  const inner = second && third && (areas[`${first}/*/${third}/${fourth}`] ?? areas[`${first}/*/${third}`]);
  return inner || (areas[`${first}/${second}`] ?? areas[first]);
}

/** The path of a URL, without the cost of parsing all of it. */
function pathOf(url) {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, end);
}

/** Whether the function `legacy` has other words for what is below `path`: not for what it hands on anyway, nor for sockets. */
function isTranslated(path) {
  return path.startsWith("/api/") && !path.startsWith("/api/socket.io") && !PICTURES.test(path);
}

/** What only ever gives files. */
const PICTURES = /^\/api\/assets\/[^/]+\/(?:thumbnail|video\/)/;

/** The same request below /v2. */
function below(request) {
  const start = request.url.indexOf("/", request.url.indexOf("://") + 3);
  return new Request(`${request.url.slice(0, start)}/v2${request.url.slice(start)}`, request);
}

/** Code of the web page, ours or another: its name changes with its contents (web/component/src/files.rs has the same folders). */
const CODE = /^\/(?:web|_app\/immutable)\//;

/** A file of these. Static assets answer what is missing with `index.html`, here with the headers of code, to be kept for ever. */
async function code(request, web) {
  const answer = await web.fetch(request);
  if (!answer.headers.get("content-type")?.startsWith("text/html")) return answer;
  await answer.body?.cancel();
  return new Response(null, { status: 404 });
}

/** The answer of the official server to a path that it does not know (api/auth.md section 11). */
function notFound(request, path) {
  const id = request.headers.get("x-correlation-id") ?? crypto.randomUUID();
  const message = `Cannot ${request.method} ${path}`;
  return Response.json({ message }, { status: 404, headers: { "x-correlation-id": id } });
}

export default {
  fetch(request, env) {
    const path = pathOf(request.url);
    if (env.WEB && CODE.test(path)) return code(request, env.WEB);
    const agent = request.headers.get("user-agent");
    if (agent && OLD_APP.test(agent) && isTranslated(path)) return env.LEGACY.fetch(below(request));
    const service = env[bindingFor(request.method, path)];
    return service ? service.fetch(request) : notFound(request, path);
  },
};
