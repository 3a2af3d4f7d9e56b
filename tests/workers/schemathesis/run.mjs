// `cargo xtask schemathesis`: requests made up from the official OpenAPI document, as an admin and as a user. No answer may be a
// 5xx (but the 501 of what is not built) or break the document's schemas.
// Options: --program schemathesis, --openapi FILE, --operations a,b,c, --examples N (each operation), --seed N.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { apiKey, firstAdmin, logIn } from "../support/client.mjs";
import { discard, Server, temporaryFolder } from "../support/server.mjs";

const { values: options } = parseArgs({
  options: {
    program: { type: "string" },
    openapi: { type: "string" },
    operations: { type: "string" },
    examples: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
  },
});

/** They would end the session or key that asks. */
const NOT_ASKED = new Set(["logout", "deleteMyApiKey"]);

// Nothing is taken over from answers, which have other ids each time: the same seed asks the same at every run.
const CONFIG = `[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "501"]
[cache]
enabled = false
[phases.examples.extra-data-sources]
responses = false
[phases.coverage.extra-data-sources]
responses = false
[phases.fuzzing.extra-data-sources]
responses = false
[phases.fuzzing.error-feedback]
enabled = false
`;

/** Of the user only: the largest body of all, in 1,600 forms, of which none is looked at. */
const OF_THE_USER = `[[operations]]
include-operation-id = "updateConfig"
phases.coverage.enabled = false
`;

/**
 * The document without the format "email": the fuzzer knows more of RFC 5322 than the pattern beside it, which counts. And
 * with the null that stands for "no value" among suggestions (api/features.md) and the trigger of 3.2 (api/v32.md section 8), as
 * tests/contract/src/differences.rs has it.
 */
function document(file) {
  const keep = (key, value) => (key === "format" && value === "email" ? undefined : value);
  const openapi = JSON.parse(readFileSync(file, "utf8"), keep);
  const answer = openapi.paths["/search/suggestions"].get.responses["200"];
  answer.content["application/json"].schema.items.nullable = true;
  openapi.components.schemas.WorkflowTrigger.enum.push("AssetTagged");
  return JSON.stringify(openapi);
}

/** They close the server to everything else, so they are asked when all others were. */
const CLOSING = new Set(["setMaintenanceMode", "startDatabaseRestoreFlow"]);

/** Runs the fuzzer in `folder` with an API key on all operations; gives its exit code and what it printed. */
async function run(folder, server, key) {
  const all = options.operations.split(",").filter((name) => !NOT_ASKED.has(name));
  const first = await fuzz(folder, server, key, all.filter((name) => !CLOSING.has(name)));
  const closing = all.filter((name) => CLOSING.has(name));
  if (closing.length === 0) return first;
  const last = await fuzz(folder, server, key, closing);
  return { code: first.code || last.code, output: first.output + last.output };
}

async function fuzz(folder, server, key, operations) {
  const child = spawn(
    options.program,
    [
      ...["--config-file", path.join(folder, "schemathesis.toml"), "run", path.join(folder, "openapi.json")],
      ...["--url", `${server.url}/api`, "-H", `x-api-key: ${key}`],
      ...operations.flatMap((name) => ["--include-operation-id", name]),
      ...["--checks", "not_a_server_error,response_schema_conformance", "--phases", "examples,coverage,fuzzing"],
      ...["--seed", options.seed, "--max-examples", options.examples, "--workers", "1", "--continue-on-failure", "--no-color"],
      ...["--generation-database", "none", "--suppress-health-check", "all", "--warnings", "off"],
    ],
    // Sets are in the same order at every run.
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, PYTHONHASHSEED: "0" } },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  return { code, output };
}

const USER = { email: "user@example.com", password: "another password", name: "User" };

/** Lets the fuzzer ask a fresh server as the admin or as a user. */
async function ask(name, server) {
  const folder = temporaryFolder();
  try {
    writeFileSync(path.join(folder, "openapi.json"), document(options.openapi));
    writeFileSync(path.join(folder, "schemathesis.toml"), name === "user" ? CONFIG + OF_THE_USER : CONFIG);
    const { admin } = await firstAdmin(server.url);
    await admin.post("/admin/users", USER);
    const { token } = await logIn(admin.as({}), USER);
    const people = { admin, user: admin.as({ authorization: `Bearer ${token}` }) };
    return await run(folder, server, await apiKey(people[name]));
  } finally {
    discard(folder);
  }
}

// Each on a server of its own: what the one does changes nothing for the other.
const names = ["user", "admin"];
const servers = [];
try {
  for (const _ of names) servers.push(await Server.start());
  const results = await Promise.all(names.map((name, index) => ask(name, servers[index])));
  for (const [index, { code, output }] of results.entries()) {
    console.log(`as ${names[index]}\n${output}`);
    if (code !== 0) process.exitCode = 1;
  }
} finally {
  for (const server of servers) await server.stop();
}
