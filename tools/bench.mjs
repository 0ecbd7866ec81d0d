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

/** One request; the time it took and what came back. */
function ask(path, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const began = process.hrtime.bigint();
    const request = http.request(base + path, { agent, method, headers }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => {
        const text = Buffer.concat(chunks);
        const ms = Number(process.hrtime.bigint() - began) / 1e6;
        if (answer.statusCode >= 400) reject(new Error(`${path}: ${answer.statusCode} ${text}`));
        else resolve({ ms, body: text });
      });
    });
    request.on("error", reject);
    request.end(body && JSON.stringify(body));
  });
}

const json = (body, headers = {}) => ({ method: "POST", body, headers: { "content-type": "application/json", ...headers } });

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

/** Sends every request of `asks`, a few at a time, and prints what they cost. */
async function measure(name, asks, parent) {
  const before = { server: stat(server).ms, database: database(parent), at: performance.now() };
  const times = [];
  let next = 0;
  let bytes = 0;
  async function work() {
    while (next < asks.length) {
      const { ms, body } = await ask(...asks[next++]);
      times.push(ms);
      bytes = body.length;
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work));
  const seconds = (performance.now() - before.at) / 1000;
  times.sort((a, b) => a - b);
  const each = (ms) => (ms / times.length).toFixed(2);
  const at = (share) => times[Math.floor(times.length * share)].toFixed(1);
  console.log(
    [
      name.padEnd(48),
      each(stat(server).ms - before.server).padStart(10),
      each(database(parent) - before.database).padStart(10),
      at(0.5).padStart(8),
      at(0.99).padStart(8),
      String(Math.round(times.length / seconds)).padStart(8),
      String(bytes).padStart(9),
    ].join(""),
  );
}

/** The same page many times, after some to warm up. */
async function page(name, path, parent) {
  for (let i = 0; i < 50; i++) await ask(path);
  await measure(name, Array.from({ length: requests }, () => [path]), parent);
}

const list = JSON.parse((await ask("/api/providers?page_size=1&visit=video&accepting=true")).body);
const provider = list.results[0].id;
const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const times = (from, to) => `/api/providers/${provider}/availability?from=${day(from)}&to=${day(to)}&visit=video`;

console.log(`${requests} requests each, ${concurrency} at a time, after 50 to warm up`);
console.log(
  "".padEnd(48) + "server ms".padStart(10) + "database".padStart(10) + "p50 ms".padStart(8) +
    "p99 ms".padStart(8) + "a second".padStart(9) + "bytes".padStart(8),
);
const parent = postmaster();
await page("GET /livez", "/livez", parent);
await page("GET / (rendered)", "/", parent);
await page("GET /doctors (rendered, 20 doctors)", "/doctors", parent);
await page("GET /doctors/{id} (rendered, a week of times)", `/doctors/${provider}`, parent);
await page("GET /api/providers (20 doctors, exact count)", "/api/providers", parent);
await page("GET /api/providers?q= (misspelt name)", "/api/providers?q=carvaho", parent);
await page("GET /api/providers/{id}", `/api/providers/${provider}`, parent);
await page("GET …/availability (two weeks)", times(1, 14), parent);
console.log(`memory of the server: ${memory()} MB`);

const login = { email: "patient2@demo.test", password: "medconnect-demo-1" };
await measure("POST /api/auth/login (Argon2id)", Array.from({ length: 40 }, () => ["/api/auth/login", json(login)]), parent);
console.log(`memory of the server after the sign-ins: ${memory()} MB`);

// One patient books every time that a doctor has: each booking is its own transaction, on the disk.
const { access } = JSON.parse((await ask("/api/auth/login", json(login))).body);
const mine = JSON.parse((await ask("/api/appointments?page_size=100", { headers: { authorization: `Bearer ${access}` } })).body);
const busy = mine.results.map((visit) => [Date.parse(visit.appointment_date), Date.parse(visit.end_time)]);
const free = [...JSON.parse((await ask(times(1, 30))).body).slots, ...JSON.parse((await ask(times(31, 60))).body).slots]
  .filter((slot) => !busy.some(([start, end]) => Date.parse(slot.start) < end && start < Date.parse(slot.end)));
const bookings = free.map((slot, index) => [
  "/api/appointments",
  json(
    { healthcare_provider_id: provider, appointment_date: slot.start, appointment_type: "video", chief_complaint: "Measured" },
    { authorization: `Bearer ${access}`, "idempotency-key": `bench-${index}` },
  ),
]);
await measure(`POST /api/appointments (${bookings.length} bookings)`, bookings, parent);
agent.destroy();
