// The reference server of Durable Streams on files: an append is answered when it is flushed. Arguments: folder.
import { DurableStreamTestServer } from "@durable-streams/server";

const server = new DurableStreamTestServer({ port: 0, host: "127.0.0.1", dataDir: process.argv[2], compression: false });
const url = await server.start();
console.log("ready " + JSON.stringify({ http: String(url ?? server.url) }));
process.on("SIGTERM", async () => {
  await server.stop();
  process.exit(0);
});
