// Asks the server for the same pages many times, and reads from /proc what that cost it and its
// database. Time on the wall says more about this program than about the server; processor time
// does not.
import { readFileSync, readdirSync } from "node:fs";
import http from "node:http";

const base = process.env.BASE_URL;
const server = Number(process.env.SERVER_PID);
const requests = Number(process.argv[2] ?? 2000);
const concurrency = 8;
const agent = new http.Agent({ keepAlive: true, maxSockets: concurrency });

function get(path) {
  return new Promise((resolve, reject) => {
    const began = process.hrtime.bigint();
    const request = http.get(base + path, { agent }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => {
        const body = Buffer.concat(chunks);
        const ms = Number(process.hrtime.bigint() - began) / 1e6;
        if (answer.statusCode >= 400) reject(new Error(`${path}: ${answer.statusCode}`));
        else resolve({ ms, body });
      });
    });
    request.on("error", reject);
  });
}

/** Parent and processor milliseconds of a process; the clock of /proc ticks every 10 ms. */
function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { parent: Number(fields[1]), ms: (Number(fields[11]) + Number(fields[12])) * 10 };
}

function postmaster() {
  const folder = `${process.env.SERVER_DATA}/postgres`;
  const version = readdirSync(folder).find((name) => /^\d+$/.test(name));
  return Number(readFileSync(`${folder}/${version}/data/postmaster.pid`, "utf8").split("\n")[0]);
}

/** The processor time of the database: of all processes that serve a connection, and the rest. */
function database(parent) {
  let ms = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const process = stat(pid);
      if (process.parent === parent) ms += process.ms;
    } catch {
      // It ended while we looked.
    }
  }
  return ms;
}

function memory() {
  const status = readFileSync(`/proc/${server}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024);
}

async function measure(path, parent) {
  for (let i = 0; i < 50; i++) await get(path);
  const before = { server: stat(server).ms, database: database(parent), at: performance.now() };
  const times = [];
  let left = requests;
  let bytes = 0;
  async function ask() {
    while (left-- > 0) {
      const { ms, body } = await get(path);
      times.push(ms);
      bytes = body.length;
    }
  }
  await Promise.all(Array.from({ length: concurrency }, ask));
  const seconds = (performance.now() - before.at) / 1000;
  times.sort((a, b) => a - b);
  const each = (ms) => (ms / times.length).toFixed(2);
  const at = (share) => times[Math.floor(times.length * share)].toFixed(1);
  console.log(
    [
      path.padEnd(48),
      each(stat(server).ms - before.server).padStart(10),
      each(database(parent) - before.database).padStart(10),
      at(0.5).padStart(8),
      at(0.99).padStart(8),
      String(Math.round(times.length / seconds)).padStart(8),
      String(bytes).padStart(9),
    ].join(""),
  );
}

const list = JSON.parse((await get("/api/providers?page_size=1")).body);
const provider = list.results[0].id;
const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

console.log(`${requests} requests each, ${concurrency} at a time, after 50 to warm up`);
console.log(
  "".padEnd(48) + "server ms".padStart(10) + "database".padStart(10) + "p50 ms".padStart(8) +
    "p99 ms".padStart(8) + "a second".padStart(9) + "bytes".padStart(8),
);
const parent = postmaster();
for (const path of [
  "/livez",
  "/",
  "/doctors",
  `/doctors/${provider}`,
  "/api/providers",
  `/api/providers/${provider}`,
  `/api/providers/${provider}/availability?from=${day(1)}&to=${day(14)}`,
]) {
  await measure(path, parent);
}
console.log(`memory of the server: ${memory()} MB`);
agent.destroy();
