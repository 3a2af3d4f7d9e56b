// A machine learning service on the loopback address (api/jobs-ml.md section 6.1): it answers what a test wants, and remembers what it was asked.
import { once } from "node:events";
import { createServer } from "node:http";

/**
 * A running one. `answers` are functions by the task that is asked for (`clip`, `facial-recognition`, `ocr`) of `{entries, text, image}`,
 * which give the answer's text, or `{status, text}`.
 */
export class LearningService {
  asked = [];
  answers = {};

  static async start() {
    const service = new LearningService();
    await service.open();
    service.url = `http://127.0.0.1:${service.port}`;
    return service;
  }

  /** Listens, where it was if it did before. */
  async open() {
    // Whoever breaks off wants no answer.
    this.server = createServer((request, response) => this.#answer(request, response).catch(() => response.destroy()));
    this.server.listen(this.port ?? 0, "127.0.0.1");
    await once(this.server, "listening");
    this.port = this.server.address().port;
  }

  /** Is away from now on. */
  async close() {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  /** What it was asked for since the last call. */
  take() {
    return this.asked.splice(0);
  }

  async #answer(request, response) {
    const bytes = Buffer.concat(await request.toArray());
    if (request.method === "GET" && request.url === "/ping") return response.end("pong");
    if (request.method !== "POST" || request.url !== "/predict") return response.writeHead(404).end();
    const form = await new Response(bytes, { headers: { "content-type": request.headers["content-type"] } }).formData();
    const entries = JSON.parse(form.get("entries"));
    const image = form.get("image");
    const asked = { entries, text: form.get("text"), image: image && Buffer.from(await image.arrayBuffer()) };
    this.asked.push(asked);
    const [task] = Object.keys(entries);
    const answer = await this.answers[task](asked);
    const { status = 200, text } = typeof answer === "string" ? { text: answer } : answer;
    return response.writeHead(status, { "content-type": "application/json" }).end(text);
  }
}
