// Asks the server for the same things many times, and reads from /proc what that cost it and its
// database. Time on the wall says more about this program than about the server; processor time
// does not. Answers are checked: a quick wrong one is worth nothing.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import net from "node:net";

const base = new URL(process.env.BASE_URL);
const server = Number(process.env.SERVER_PID);
const requests = Number(process.argv[2] ?? 2000);
const concurrency = 8;
// How many people book at the same time, over HTTP and in pgbench alike.
const crowds = [1, 10, 50];
const seconds = 5;

/**
 * One connection that asks one thing after the other. It knows as much HTTP as our server speaks, and
 * costs a fraction of what node's own client takes from the same two cores.
 */
class Connection {
  constructor() {
    this.socket = net.connect({ host: base.hostname, port: base.port, noDelay: true });
    this.socket.on("data", (data) => this.read(data));
    this.socket.on("error", (error) => this.reject?.(error));
    this.socket.on("close", () => this.reject?.(new Error("the server closed the connection")));
    this.received = [];
  }

  /** One request; the time it took and what came back. `refusal`: a status of failure that is an answer, too. */
  ask(path, { method = "GET", headers = {}, body, refusal } = {}) {
    const content = body === undefined ? "" : JSON.stringify(body);
    const lines = [`${method} ${path} HTTP/1.1`, `host: ${base.host}`];
    for (const name in headers) lines.push(`${name}: ${headers[name]}`);
    if (content) lines.push(`content-length: ${Buffer.byteLength(content)}`);
    return new Promise((resolve, reject) => {
      Object.assign(this, { resolve, reject, path, refusal, needed: 0, length: 0, began: process.hrtime.bigint() });
      this.socket.write(`${lines.join("\r\n")}\r\n\r\n${content}`);
    });
  }

  read(data) {
    this.received.push(data);
    this.length += data.length;
    if (!this.needed) {
      const text = Buffer.concat(this.received);
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = text.toString("latin1", 0, end);
      this.status = Number(head.slice(9, 12));
      this.start = end + 4;
      this.needed = this.start + Number(/content-length: (\d+)/i.exec(head)[1]);
    }
    if (this.length < this.needed) return;
    const body = Buffer.concat(this.received).subarray(this.start);
    this.received = [];
    const { resolve, reject } = this;
    this.reject = undefined;
    const ms = Number(process.hrtime.bigint() - this.began) / 1e6;
    if (this.status >= 400 && this.status !== this.refusal) reject(new Error(`${this.path}: ${this.status} ${body}`));
    else resolve({ ms, body });
  }
}

/** The same over a connection of its own. */
async function ask(...what) {
  const connection = new Connection();
  try {
    return await connection.ask(...what);
  } finally {
    connection.socket.destroy();
  }
}

const json = (body, headers = {}) => ({ method: "POST", body, headers: { "content-type": "application/json", ...headers } });
const get = async (path, options) => JSON.parse((await ask(path, options)).body);

function expect(holds, what) {
  if (!holds) throw new Error(`a wrong answer: ${what}`);
}

/** Parent and processor milliseconds of a process, and of its children that have ended; the clock of /proc ticks every 10 ms. */
function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ms = (...at) => at.reduce((sum, index) => sum + Number(fields[index]) * 10, 0);
  return { parent: Number(fields[1]), ms: ms(11, 12), ended: ms(13, 14) };
}

/** The private cluster: its main process, and how to reach it as the application does. */
function cluster() {
  const folder = `${process.env.SERVER_DATA}/postgres`;
  const version = readdirSync(folder).find((name) => /^\d+$/.test(name));
  const [pid, , , , socket] = readFileSync(`${folder}/${version}/data/postmaster.pid`, "utf8").split("\n");
  const lines = readFileSync(`${folder}/${version}/passwords`, "utf8").trim().split("\n");
  const passwords = Object.fromEntries(lines.map((line) => line.split("=")));
  const env = { ...process.env, PGHOST: socket, PGDATABASE: "medconnect", PGUSER: "medconnect_app", PGPASSWORD: passwords.app };
  return { pid: Number(pid), env, passwords, programs: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0].replace(/[^/]*$/, "") };
}

const database = cluster();

function sql(statement, role = "app") {
  const env = { ...database.env, PGUSER: `medconnect_${role}`, PGPASSWORD: database.passwords[role] };
  return execFileSync(`${database.programs}psql`, ["-qAtX", "-F", " ", "-c", statement], { env, encoding: "utf8" }).trim();
}

/** The processor time of the database: of all processes that serve a connection or did, and the rest. */
function databaseTime() {
  let ms = stat(database.pid).ended;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const process = stat(pid);
      if (process.parent === database.pid) ms += process.ms;
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

function row(...cells) {
  const widths = [50, 10, 8, 10, 8, 8, 10, 9];
  console.log(cells.map((cell, i) => (i ? String(cell).padStart(widths[i]) : cell.padEnd(widths[i]))).join(""));
}

/** Sends every request of `asks`, a few at a time, and prints what they cost beside what they may. */
async function measure(name, limit, asks, atOnce = concurrency) {
  const before = { server: stat(server).ms, database: databaseTime(), at: performance.now() };
  const times = [];
  let next = 0;
  let bytes = 0;
  async function work() {
    const connection = new Connection();
    while (next < asks.length) {
      const { ms, body } = await connection.ask(...asks[next++]);
      times.push(ms);
      bytes = body.length;
    }
    connection.socket.destroy();
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  const elapsed = (performance.now() - before.at) / 1000;
  times.sort((a, b) => a - b);
  const each = (ms) => (ms / times.length).toFixed(2);
  const at = (share) => times[Math.floor(times.length * share)].toFixed(1);
  const rate = times.length / elapsed;
  row(name, each(stat(server).ms - before.server), limit, each(databaseTime() - before.database), at(0.5), at(0.99), Math.round(rate), bytes);
  return rate;
}

/** The same page many times, after some to warm up. */
async function page(name, limit, path) {
  for (let i = 0; i < 50; i++) await ask(path);
  await measure(name, limit, Array.from({ length: requests }, () => [path]));
}

const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const times = (provider, from, to) => `/api/providers/${provider}/availability?from=${day(from)}&to=${day(to)}&visit=video`;

const found = await get("/api/providers?page_size=21&visit=video&accepting=true");
const ids = found.results.map((doctor) => doctor.id);
const [providers, contested] = [ids.slice(0, 20), ids[20]];
const [doctors, appointments] = sql(
  "SELECT (SELECT count(*) FROM providers WHERE is_active), (SELECT count(*) FROM appointments)",
).split(" ").map(Number);
expect((await get("/api/providers")).count === doctors, "the count of doctors");
const fortnight = (await get(times(providers[0], 1, 14))).slots;
expect(fortnight.length > 0 && fortnight.every((slot, i) => i === 0 || fortnight[i - 1].end <= slot.start), "free times");
expect(providers.length === 20 && found.results.every((doctor) => doctor.next_free.length > 0), "the next free times");

console.log(
  `${doctors} doctors, ${appointments} appointments; ${requests} requests each, ${concurrency} at a time, after 50 to\n` +
    "warm up; milliseconds of processor time a request, and what the server may take",
);
row("", "server ms", "limit", "database", "p50 ms", "p99 ms", "a second", "bytes");
await page("GET /livez", "", "/livez");
await page("GET / (rendered)", "", "/");
await page("GET /doctors (rendered, 20 doctors)", "0.25", "/doctors");
await page("GET /doctors/{id} (rendered, a week of times)", "", `/doctors/${providers[0]}`);
await page("GET /api/providers (20 doctors, exact count)", "0.15", "/api/providers");
await page("GET /api/providers?specialization=", "0.15", "/api/providers?specialization=cardiology");
await page("GET /api/providers?q= (misspelt name)", "", "/api/providers?q=carvaho");
await page("GET /api/providers/{id}", "", `/api/providers/${providers[0]}`);
// Each of the twenty in turn: some have many times, some few.
await measure(
  "GET …/availability (two weeks)",
  "0.15",
  Array.from({ length: requests }, (_, index) => [times(providers[index % providers.length], 1, 14)]),
);
const manyTimes = times("", 1, 14).replace("/providers//availability?", `/availability?providers=${providers}&`);
await page("GET /api/availability (two weeks, 20 doctors)", "", manyTimes);
const quiet = memory();

/** How many transactions the database has counted, once every connection has told: idle ones do so within ten seconds. */
async function transactions() {
  await new Promise((resolve) => setTimeout(resolve, 11_000));
  return Number(sql("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"));
}

// Outside of a transaction each statement is one of its own. The workers' are few among so many.
console.log("statements a request:");
let counted = await transactions();
for (const [name, path] of [
  ["GET /", "/"],
  ["GET /doctors", "/doctors"],
  ["GET /doctors/{id}", `/doctors/${providers[0]}`],
  ["GET /api/providers", "/api/providers"],
  ["GET …/availability", times(providers[0], 1, 14)],
  ["GET /api/availability, 20 doctors", manyTimes],
]) {
  for (let i = 0; i < 500; i++) await ask(path);
  const now = await transactions();
  console.log(`  ${name.padEnd(40)}${Math.round((now - counted) / 500)}`);
  counted = now;
}

/** The access token of a new patient. */
async function register(name) {
  const account = { first_name: "Bench", last_name: "Patient", email: `${name}@example.org`, password: `measured-${name}-quietly`, time_zone: "UTC" };
  return (await get("/api/auth/register", json(account))).access;
}

/** Free times of two months, an hour apart, so that no pause after a visit takes the next one away. */
async function apart(provider) {
  const all = [...(await get(times(provider, 1, 30))).slots, ...(await get(times(provider, 32, 60))).slots];
  let over = 0;
  return all.filter(({ start, end }) => {
    const fits = Date.parse(start) >= over;
    if (fits) over = Date.parse(end) + 3_600_000;
    return fits;
  });
}

const booking = (access, provider, slot, key) => [
  "/api/appointments",
  json(
    { healthcare_provider_id: provider, appointment_date: slot.start, appointment_type: "video", chief_complaint: "Measured" },
    { authorization: `Bearer ${access}`, "idempotency-key": key },
  ),
];

// Twenty patients book every time that twenty doctors have: each booking is on the disk before its answer.
const patients = [];
for (const [index, provider] of providers.entries()) {
  patients.push({ provider, access: await register(`bench-${index}`), free: await apart(provider) });
}
const bookings = patients.flatMap(({ provider, access, free }) =>
  free.map((slot, index) => booking(access, provider, slot, `bench-${index}`)),
);
// In turns, as patients do, and not one after the other.
bookings.sort((one, other) => one[1].headers["idempotency-key"].localeCompare(other[1].headers["idempotency-key"]));
const rates = [];
for (const [turn, crowd] of crowds.entries()) {
  const share = bookings.filter((_, index) => index % crowds.length === turn);
  rates.push(await measure(`POST /api/appointments (${share.length}, ${crowd} at a time)`, "0.25", share, crowd));
}
for (const { access, free } of patients) {
  const { count } = await get("/api/appointments?page_size=1", { headers: { authorization: `Bearer ${access}` } });
  expect(count === free.length, `${count} of ${free.length} bookings`);
}

// Everybody wants the same hour, hour after hour: one of them gets it.
const most = Math.max(...crowds);
const hours = (await apart(contested)).slice(0, 40);
const rivals = [];
for (let index = 0; index < most; index++) rivals.push(await register(`rival-${index}`));
const fights = hours.flatMap((slot, hour) => rivals.map((access) => booking(access, contested, slot, `hour-${hour}`)));
for (const [, options] of fights) options.refusal = 409;
await measure(`the same for one hour (${most} for each of ${hours.length})`, "", fights, most);
const won = sql(`SELECT count(*) FROM appointments WHERE provider_id = '${contested}' AND chief_complaint = 'Measured'`);
expect(Number(won) === hours.length, `${won} of ${hours.length} hours are booked`);
const busy = memory();

// The same statement in pgbench: each client has its own pairs of patient and doctor, and books their
// nights of the next two months, which lie among as many other visits as the days do.
sql(
  `INSERT INTO users (id, email, password_hash, first_name, last_name, time_zone)
     SELECT gen_random_uuid(), 'pgbench-' || n || '@example.org', '-', 'Bench', 'Patient', 'UTC' FROM generate_series(1, 2000) AS n;
   CREATE TABLE pairs AS SELECT pair, doctor.id AS provider, version, person.id AS patient, doctor.time_zone AS zone
     FROM (SELECT *, row_number() OVER (ORDER BY id DESC) - 1 AS pair FROM providers WHERE id NOT IN (${providers.map((id) => `'${id}'`)}) LIMIT 2000) AS doctor
     JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS pair FROM users WHERE email LIKE 'pgbench-%') AS person USING (pair);
   ALTER TABLE pairs ADD PRIMARY KEY (pair); ANALYZE pairs; GRANT SELECT ON pairs TO medconnect_app`,
  "owner",
);
const start = "((current_date + 1 + :n / 15 % 58 + time '00:00' + :n % 15 * interval '20 minutes') AT TIME ZONE :zone)";
const values = [
  ":provider::uuid", ":version::integer", "gen_random_uuid()", ":patient::uuid", "NULL::uuid", start, `(${start} + interval '20 minutes')`,
  "'video'", "'Measured'", "gen_random_uuid()", "'pgbench-' || :n", "'\\x00'::bytea", "gen_random_uuid()", "NULL::text", "gen_random_uuid()", "NULL::text",
  ":patient::uuid", "'appointments.create'", "NULL::uuid", "NULL::tstzrange",
];
const statement = readFileSync("server/services/src/booking/book.sql", "utf8").replace(/\$(\d+)/g, (_, at) => values[at - 1]);
const script = `${process.env.SERVER_DATA}/book.sql`;
/** How many of `booked` pgbench does a second, `crowd` at a time, and what each costs the database. */
function inPgbench(booked, crowd, firstPair) {
  writeFileSync(
    script,
    `\\set n :n + 1
\\if :n % 870 = 0
\\set pair ${firstPair} + :client_id + ${crowd} * (:n / 870)
SELECT provider, version, patient, zone FROM pairs WHERE pair = :pair \\gset
\\endif
${booked};
`,
  );
  const began = databaseTime();
  const report = execFileSync(
    `${database.programs}pgbench`,
    ["-n", "-M", "prepared", "-c", crowd, "-j", 1, "-T", seconds, "-D", "n=-1", "-f", script],
    { env: database.env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  const transactions = Number(/actually processed: (\d+)/.exec(report)[1]);
  return { each: (databaseTime() - began) / transactions, rate: Number(/tps = ([\d.]+)/.exec(report)[1]) };
}
let firstPair = 0;
const inTurn = (booked, crowd) => inPgbench(booked, crowd, (firstPair += 250) - 250);
for (const [turn, crowd] of crowds.entries()) {
  const { each, rate } = inTurn(statement, crowd);
  row(`the same statement in pgbench, ${crowd} at a time`, "", "", each.toFixed(2), "", "", Math.round(rate), "");
  console.log(`bookings over HTTP, ${crowd} at a time: ${Math.round((rates[turn] / rate) * 100)} % of what pgbench gets (limit: 50 % or more)`);
}

// The same without its audit event, by turns, so that what else the machine does falls on both.
const unaudited = statement.replace(/audit_event AS \([^]*?\n\), /, "");
expect(!unaudited.includes("audit_events") && statement.includes("audit_events"), "a booking without its audit event");
const cost = { with: 0, without: 0 };
for (const _ of [1, 2]) {
  cost.with += inTurn(statement, 10).each;
  cost.without += inTurn(unaudited, 10).each;
}
console.log(`the audit event of a booking: ${((cost.with / cost.without - 1) * 100).toFixed(0)} % of what the booking costs the database (limit: less than 10 %)`);

const login = { email: "patient2@demo.test", password: "medconnect-demo-1" };
await measure("POST /api/auth/login (Argon2id)", "", Array.from({ length: 40 }, () => ["/api/auth/login", json(login)]));
await page("GET / after the sign-ins", "", "/");
console.log(`memory of the server: ${quiet} MB reading (limit 60), ${busy} MB booking, ${memory()} MB after the sign-ins (limit 110)`);
