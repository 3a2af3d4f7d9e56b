// Derives JSON schemas from the types of the installed @immich/sdk and writes them to the file named by the first word:
// { version, operations: { <function>: { method, path, answer: "json" | "nothing" | "bytes", schema } }, definitions }.
// What it writes is a copy of facts of the SDK, so it belongs into target/, never into the repository.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createGenerator } from "ts-json-schema-generator";

const [output] = process.argv.slice(2);
const build = path.dirname(createRequire(import.meta.url).resolve("@immich/sdk"));
const { version } = JSON.parse(readFileSync(path.join(build, "../package.json")));
const types = readFileSync(path.join(build, "fetch-client.d.ts"), "utf8");
const code = readFileSync(path.join(build, "fetch-client.js"), "utf8");

/** What each function's promise gives, as text of TypeScript. */
const promises = new Map(
  [...types.matchAll(/^export declare function (\w+)\([\s\S]*?\): Promise<([\s\S]*?)>;$/gm)].map(([, name, type]) => [name, type]),
);
const isJson = (type) => type !== "never" && type !== "Blob";

/** The types beside one more: an object with each function's answer under its name. */
function definitions() {
  const answers = [...promises].filter(([, type]) => isJson(type)).map(([name, type]) => `  ${name}: ${type};\n`);
  // Lines of the sync stream have types that no function names.
  const lines = [...types.matchAll(/^export (?:type|declare enum|enum) (Sync\w+V\d|SyncEntityType)\b/gm)].map(([, name]) => `  "${name}": ${name};\n`);
  const source = `${output}.ts`;
  writeFileSync(source, `${types}\nexport type Answers = {\n${[...answers, ...lines].join("")}};\n`);
  const generator = createGenerator({ path: source, type: "Answers", skipTypeCheck: true, expose: "export", jsDoc: "none" });
  const schema = generator.createSchema("Answers");
  rmSync(source);
  return schema.definitions;
}

/** Method and path of a function, with `{}` for every parameter, read from the call it makes. */
function endpoint(name) {
  const body = code.split(new RegExp(`^export function ${name}\\(`, "m"))[1].split(/^}/m)[0];
  const call = /fetch(?:Json|Text|Blob)\((["`])(.*?)\1/s.exec(body);
  // The query string is put together by `${QS.query(…)}`.
  const [route] = call[2].split("${QS.");
  const method = /method: "(\w+)"/.exec(body)?.[1] ?? "GET";
  return { method, path: `/api${route.replaceAll(/\$\{encodeURIComponent\([\w$]+\)\}/g, "{}").replace(/\?$/, "")}` };
}

const all = definitions();
const operations = {};
for (const [name, type] of promises) {
  const answer = type === "never" ? "nothing" : type === "Blob" ? "bytes" : "json";
  operations[name] = { ...endpoint(name), answer, schema: isJson(type) ? all.Answers.properties[name] : undefined };
}
delete all.Answers;
writeFileSync(output, JSON.stringify({ version, operations, definitions: all }));
