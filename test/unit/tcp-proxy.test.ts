/** The tests' own network: what it promises to the tests that stand on it. */
import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Proxy, startProxy } from "../support/tcp-proxy.ts";

let echo: net.Server;
let proxy: Proxy;

async function echoServer(says = ""): Promise<net.Server> {
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    if (says !== "") socket.write(says);
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const placeOf = (server: net.Server) => ({
  host: "127.0.0.1",
  port: (server.address() as net.AddressInfo).port,
});

beforeEach(async () => {
  echo = await echoServer();
  proxy = await startProxy(placeOf(echo));
});

afterEach(async () => {
  await proxy.close();
  echo.close();
});

async function connected(place = { host: "127.0.0.1", port: proxy.port }): Promise<net.Socket> {
  const socket = net.connect(place);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

async function roundTrip(socket: net.Socket, text: string): Promise<number> {
  const began = performance.now();
  let heard = "";
  socket.write(text);
  while (heard.length < text.length) heard += String((await once(socket, "data"))[0]);
  expect(heard).toBe(text);
  return performance.now() - began;
}

it("passes bytes on in order, and the end of either side", async () => {
  const socket = await connected();
  const text = "x".repeat(9_000_000);
  await roundTrip(socket, text);
  socket.end();
  await once(socket, "end");
  await expect.poll(() => proxy.connections).toBe(0);
});

it("takes a round trip's time, and one more to connect", async () => {
  proxy.setLatency(60);
  const socket = await connected();
  expect(await roundTrip(socket, "first")).toBeGreaterThanOrEqual(108);
  // The quickest of some: a busy machine adds to each of them, and never takes away.
  const later: number[] = [];
  for (let times = 0; times < 8; times++) later.push(await roundTrip(socket, "later"));
  expect(Math.min(...later)).toBeGreaterThanOrEqual(54);
  expect(Math.min(...later)).toBeLessThan(110);
  socket.destroy();
});

it("swallows everything while it is paused, and loses nothing", async () => {
  const before = await connected();
  await roundTrip(before, "here");
  proxy.pause();
  const during = await connected();
  let heard = "";
  for (const socket of [before, during]) socket.on("data", (bytes) => (heard += String(bytes)));
  before.write("one");
  during.write("two");
  // Time enough for it, had it passed.
  const direct = await connected(placeOf(echo));
  for (let times = 0; times < 20; times++) await roundTrip(direct, "direct");
  direct.destroy();
  expect(heard).toBe("");
  proxy.resume();
  await expect.poll(() => heard.length).toBe(6);
  before.destroy();
  during.destroy();
});

it("breaks every connection when asked, and takes new ones", async () => {
  const socket = await connected();
  await roundTrip(socket, "here");
  const broken = new Promise((resolve) => socket.once("close", resolve));
  proxy.sever();
  await broken;
  expect(proxy.connections).toBe(0);
  const next = await connected();
  await roundTrip(next, "again");
  next.destroy();
});

it("leads to another server from the next connection on", async () => {
  const other = await echoServer("the other one");
  const before = await connected();
  await roundTrip(before, "here");
  proxy.leadTo(placeOf(other));
  await roundTrip(before, "still here");
  const after = await connected();
  expect(String((await once(after, "data"))[0])).toBe("the other one");
  before.destroy();
  after.destroy();
  other.close();
});

it("refuses as the server behind it does", async () => {
  const closed = once(echo, "close");
  echo.close();
  await closed;
  const socket = net.connect({ host: "127.0.0.1", port: proxy.port });
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ECONNRESET");
});
