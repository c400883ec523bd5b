// Node's own clients against a node: HTTP/1.1 with keep-alive, and HTTP/2. Prints "ok", or what is wrong.
import http from "node:http";
import http2 from "node:http2";

const [url, token, log] = process.argv.slice(2);
const check = (truth, text) => {
  if (!truth) throw new Error(text);
};

const call = (agent, method, path, headers, body) =>
  new Promise((resolve, reject) => {
    const request = http.request(url + path, { agent, method, headers }, (response) => {
      let text = "";
      response.on("data", (part) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode, text, reused: request.reusedSocket }));
    });
    request.on("error", reject);
    request.end(body);
  });

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const bearer = { authorization: "Bearer " + token };
let reused = 0;
for (let i = 0; i < 50; i++) {
  const append = await call(agent, "POST", `${log}/append`, bearer, "event " + i);
  check(append.status === 200, "append " + append.status + append.text);
  // A refused upload in between must not cost the connection.
  const refused = await call(agent, "POST", "/logs", {}, Buffer.alloc(200_000));
  check(refused.status === 401, "refused " + refused.status);
  reused += refused.reused ? 1 : 0;
}
check(reused === 50, "only " + reused + " of 50 on the same connection");
agent.destroy();

const session = http2.connect(url, { maxSessionMemory: 1000 });
session.on("error", (e) => fail("session: " + e));
const fail = (text) => {
  console.log(text);
  process.exit(1);
};
const stream = (method, path, headers, body) =>
  new Promise((resolve, reject) => {
    const request = session.request({ ":method": method, ":path": path, ...headers }, { endStream: body === undefined });
    let status = 0;
    let text = "";
    request.on("response", (head) => (status = head[":status"]));
    request.on("data", (part) => (text += part));
    request.on("end", () => resolve({ status, text }));
    request.on("error", (e) => (status ? resolve({ status, text }) : reject(e)));
    if (body !== undefined) request.end(body);
  });
const many = [];
for (let i = 0; i < 100; i++) {
  many.push(stream("POST", `${log}/append`, bearer, "two " + i));
  if (i % 10 === 0) many.push(stream("POST", "/logs", {}, Buffer.alloc(5_000_000)));
}
const answers = await Promise.all(many);
check(answers.filter((a) => a.status === 200).length === 100, "of 100 appends: " + answers.map((a) => a.status));
check(answers.filter((a) => a.status === 401).length === 10, "of 10 refused: " + answers.map((a) => a.status));
const head = await stream("HEAD", "/logs", bearer);
check(head.status === 200 && head.text === "", "head " + head.status);
session.close();

// Rapid reset: the session that does it is ended, and others are served.
const rude = http2.connect(url);
let ended = false;
rude.on("error", () => {});
rude.on("close", () => (ended = true));
rude.on("goaway", () => (ended = true));
for (let i = 0; i < 50_000 && !ended; i++) {
  const request = rude.request({ ":path": "/logs", ...bearer });
  request.on("error", () => {});
  request.close(http2.constants.NGHTTP2_CANCEL);
  if (i % 100 === 0) await new Promise(setImmediate);
}
check(ended, "50,000 resets were taken");
rude.destroy();
const after = await call(undefined, "GET", "/logs", bearer);
check(after.status === 200, "afterwards " + after.status);
console.log("ok");
process.exit(0);
