// Starts the page: the address says with which of its two modules (docs/web.md).

/** First parts of the paths of pages that are in `manage`: web/core/src/page.rs has the same list. */
const MANAGED = ["about", "admin", "duplicates", "maintenance", "map", "memories", "places", "settings", "user-settings", "utilities", "welcome", "workflows"];

const first = location.pathname.split("/").find((part) => part !== "");
const name = MANAGED.includes(first) ? "manage" : "library";
// Both at once: the script that binds the module is not waited for.
const code = fetch(new URL(`${name}_bg.wasm`, import.meta.url));
const { default: start } = await import(`./${name}.js`);

await start({ module_or_path: code });
