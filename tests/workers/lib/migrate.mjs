// Applies migrations/*.sql to a D1 database and remembers them in the table that wrangler uses,
// so `wrangler d1 migrations` agrees about what has been applied.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const TABLE = `create table if not exists d1_migrations (
  id integer primary key autoincrement,
  name text unique,
  applied_at timestamp default current_timestamp not null
)`;

/**
 * Splits a script at its semicolons, leaving alone those in strings, identifiers and comments, and those of a trigger before its
 * `end`.
 */
export function statements(sql) {
  const token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|;|[^'"\-/;]+|[-/]/g;
  const found = [];
  let current = "";
  for (const [piece] of sql.matchAll(token)) {
    if (piece.startsWith("--") || piece.startsWith("/*")) continue;
    const isInside = /^\s*create\s+trigger\b/i.test(current) && !/\bend\s*$/i.test(current);
    if (piece !== ";" || isInside) {
      current += piece;
      continue;
    }
    if (current.trim()) found.push(current.trim());
    current = "";
  }
  if (current.trim()) found.push(current.trim());
  return found;
}

/** Runs what is pending, each file as one atomic batch; returns the names of the files it ran. */
export async function migrate(db, folder) {
  await db.prepare(TABLE).run();
  const { results } = await db.prepare("select name from d1_migrations").all();
  const done = new Set(results.map((row) => row.name));
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".sql")) : [];
  const pending = files.filter((name) => !done.has(name)).sort();
  for (const name of pending) {
    const steps = statements(readFileSync(path.join(folder, name), "utf8"));
    const record = db.prepare("insert into d1_migrations (name) values (?1)").bind(name);
    await db.batch([...steps.map((step) => db.prepare(step)), record]);
  }
  return pending;
}
