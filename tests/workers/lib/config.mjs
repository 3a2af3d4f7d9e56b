// Turns the wrangler.toml files of the project into options for Miniflare, so that local runs,
// tests and deployments read the same configuration.
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { parse } from "smol-toml";

/** All wrangler.toml files: the gateway's at the root, then one per function that is not the gateway. */
export function configFiles(root) {
  const functions = path.join(root, "functions");
  const files = [path.join(root, "wrangler.toml")];
  for (const area of readdirSync(functions).sort()) {
    const file = path.join(functions, area, "wrangler.toml");
    if (statSync(file, { throwIfNoEntry: false })) files.push(file);
  }
  return files;
}

/** Reads one wrangler.toml; `file` is kept to resolve its paths. */
export function readConfig(file) {
  return { file, ...parse(readFileSync(file, "utf8")) };
}

const MODULE_TYPES = { ".js": "ESModule", ".mjs": "ESModule", ".wasm": "CompiledWasm" };

/** The modules beside `main`, entry first; Miniflare names them relative to that folder. */
function modules(main) {
  const found = [{ type: MODULE_TYPES[path.extname(main)], path: main }];
  for (const entry of readdirSync(path.dirname(main), { recursive: true })) {
    const file = path.join(path.dirname(main), entry);
    const type = MODULE_TYPES[path.extname(file)];
    if (type && file !== main) found.push({ type, path: file });
  }
  return found;
}

const byBinding = (list, value) => Object.fromEntries((list ?? []).map((item) => [item.binding, value(item)]));

function consumer(item) {
  return [
    item.queue,
    {
      maxBatchSize: item.max_batch_size,
      maxBatchTimeout: item.max_batch_timeout,
      maxRetries: item.max_retries,
      deadLetterQueue: item.dead_letter_queue,
      retryDelay: item.retry_delay,
    },
  ];
}

/** Static files of a Worker, from the folder `web`: asked for first, but for the paths that the file says. */
function assets(config, web) {
  if (!config.assets || !web) return undefined;
  return {
    directory: path.resolve(web),
    binding: config.assets.binding,
    run_worker_first: config.assets.run_worker_first,
    routerConfig: { has_user_worker: true },
    assetConfig: { not_found_handling: config.assets.not_found_handling },
  };
}

/** Miniflare's options for one Worker. `vars` override the variables of the file; `web` is the folder of its static files. */
export function workerOptions(config, vars, web) {
  const main = path.resolve(path.dirname(config.file), config.main);
  return {
    name: config.name,
    assets: assets(config, web),
    modulesRoot: path.dirname(main),
    modules: modules(main),
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    bindings: { ...config.vars, ...vars },
    d1Databases: byBinding(config.d1_databases, (item) => item.database_name),
    r2Buckets: byBinding(config.r2_buckets, (item) => item.bucket_name),
    queueProducers: byBinding(config.queues?.producers, (item) => ({ queueName: item.queue })),
    queueConsumers: Object.fromEntries((config.queues?.consumers ?? []).map(consumer)),
    serviceBindings: byBinding(config.services, (item) => item.service),
    durableObjects: Object.fromEntries(
      (config.durable_objects?.bindings ?? []).map((item) => [
        item.name,
        { className: item.class_name, scriptName: item.script_name, useSQLite: true },
      ]),
    ),
  };
}
