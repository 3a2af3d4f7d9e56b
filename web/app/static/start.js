// Starts the page: fetches the wasm module beside this file and runs it.
import start from "./app.js";

await start();
