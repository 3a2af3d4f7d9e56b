// The end of the realtime channel on Spin's interfaces, where the host takes WebSockets.
process.env.EDGE_TEST_SERVER = "spin-sqlite";
await import("../workers/realtime.test.mjs");
