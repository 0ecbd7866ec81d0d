// Asks the server for the same things many times, and reads from /proc what that cost it and its
// database. Time on the wall says more about this program than about the server; processor time
// does not. Answers are checked: a quick wrong one is worth nothing.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { ask, concurrency, database, databaseTime, expect, get, json, measure, memory, row, sql } from "./bench-kit.mjs";

const requests = Number(process.argv[2] ?? 2000);
// How many people book at the same time, over HTTP and in pgbench alike.
const crowds = [1, 10, 50];
const seconds = 5;

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
const won = sql(`SELECT count(*) FROM appointments WHERE provider_id = '${contested}' AND chief_complaint = 'Measured'`, "owner");
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
function inPgbench(booked, crowd, firstPair, settings = "") {
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
    { env: { ...database.env, PGOPTIONS: settings }, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  const transactions = Number(/actually processed: (\d+)/.exec(report)[1]);
  return { each: (databaseTime() - began) / transactions, rate: Number(/tps = ([\d.]+)/.exec(report)[1]) };
}
let firstPair = 0;
const inTurn = (booked, crowd, settings) => inPgbench(booked, crowd, (firstPair += 110) - 110, settings);
for (const [turn, crowd] of crowds.entries()) {
  const { each, rate } = inTurn(statement, crowd);
  row(`the same statement in pgbench, ${crowd} at a time`, "", "", each.toFixed(2), "", "", Math.round(rate), "");
  console.log(`bookings over HTTP, ${crowd} at a time: ${Math.round((rates[turn] / rate) * 100)} % of what pgbench gets (limit: 50 % or more)`);
}

// The same without its audit event, by turns, so that what else the machine does falls on both, and what grows from turn
// to turn, too. Both planned once: else one may be planned each time, which costs more than any event.
const planned = "-c plan_cache_mode=force_generic_plan";
const unaudited = statement.replace(/audit_event AS \([^]*?\n\), /, "");
expect(!unaudited.includes("audit_events") && statement.includes("audit_events"), "a booking without its audit event");
const cost = { with: 0, without: 0 };
for (const way of ["with", "without", "without", "with", "with", "without", "without", "with", "with", "without", "without", "with"]) {
  cost[way] += inTurn(way === "with" ? statement : unaudited, 10, planned).each;
}
console.log(`the audit event of a booking: ${((cost.with / cost.without - 1) * 100).toFixed(0)} % of what the booking costs the database (limit: less than 10 %)`);

const login = { email: "patient2@demo.test", password: "medconnect-demo-1" };
await measure("POST /api/auth/login (Argon2id)", "", Array.from({ length: 40 }, () => ["/api/auth/login", json(login)]));
await page("GET / after the sign-ins", "", "/");
console.log(`memory of the server: ${quiet} MB reading (limit 60), ${busy} MB booking, ${memory()} MB after the sign-ins (limit 110)`);
