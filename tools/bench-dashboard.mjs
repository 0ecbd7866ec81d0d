// What the dashboard costs somebody with a million readings, beside the same queries by hand; and the same once more when
// others have many more in the same table: bench-dashboard.mjs [readings of others].
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { base, concurrency, database, expect, json, get, measure, row, sql } from "./bench-kit.mjs";

const own = 1_000_000;
const others = Number(process.argv[2] ?? 3_000_000);
const email = "patient2@demo.test";
const password = "medconnect-demo-1";
const patient = sql(`SELECT id FROM users WHERE email = '${email}'`, "owner");

// As many of each kind, evenly over two years, with an id as ours are: the time first. Then what they come to.
const fill = `
  SET synchronous_commit = off;
  ALTER TABLE readings DISABLE TRIGGER USER;
  INSERT INTO readings (patient_id, id, recorded_at, source, kind, value, unit, created_at)
  SELECT '${patient}', (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(kind || at), 2, 19))::uuid,
    at, '${patient}', kind, middle + 10 * sin(step / 40.0), unit, now()
  FROM (VALUES ('heart_rate', 75, '/min'), ('oxygen_saturation', 85, '%'), ('blood_glucose', 110, 'mg/dL'), ('body_temperature', 32, 'Cel'),
    ('respiratory_rate', 20, '/min')) AS kinds (kind, middle, unit), generate_series(1, ${own} / 5) AS step,
    LATERAL (SELECT date_trunc('minute', now()) - step * interval '710 days' / (${own} / 5) AS at) AS times;
  ALTER TABLE readings ENABLE TRIGGER USER;
  INSERT INTO reading_hours (patient_id, kind, hour, count, lowest, highest, total, squares, in_range)
  SELECT patient_id, kind, reading_hour(recorded_at, utc_offset), count(*), min(value), max(value), sum(value), sum(value * value), count(*)
  FROM readings WHERE patient_id = '${patient}' GROUP BY 1, 2, 3 ON CONFLICT DO NOTHING;
  INSERT INTO reading_days (patient_id, kind, day, count, lowest, highest, total, squares, in_range, last_at)
  SELECT patient_id, kind, reading_day(recorded_at, utc_offset), count(*), min(value), max(value), sum(value), sum(value * value), count(*),
    max(recorded_at)
  FROM readings WHERE patient_id = '${patient}' GROUP BY 1, 2, 3 ON CONFLICT DO NOTHING;`;

// Others who have measured the same. Without the log, and indexed once all are there: a hundred million take a quarter of an hour.
const columnsOf = {
  readings: "id, recorded_at, source, kind, value, diastolic, unit, created_at",
  reading_hours: "kind, hour, count, lowest, highest, total, squares, in_range",
  reading_days: "kind, day, count, lowest, highest, total, squares, in_range, last_at",
};
const copies = (table) =>
  `INSERT INTO ${table} (patient_id, ${columnsOf[table]}) SELECT person, ${columnsOf[table]} FROM others CROSS JOIN (SELECT ${columnsOf[table]} FROM ${table} WHERE patient_id = '${patient}' OFFSET 0) AS own;`;
const crowd = `
  SET synchronous_commit = off; SET maintenance_work_mem = '1GB';
  CREATE TEMP TABLE others AS SELECT gen_random_uuid() AS person FROM generate_series(1, ${Math.ceil(others / own)});
  ALTER TABLE readings DISABLE TRIGGER USER;
  ALTER TABLE readings DROP CONSTRAINT readings_pkey;
  DROP INDEX readings_kind;
  SELECT format('ALTER TABLE %s SET UNLOGGED', inhrelid::regclass) FROM pg_inherits WHERE inhparent = 'readings'::regclass \\gexec
  ${Object.keys(columnsOf).map(copies).join("\n  ")}
  CREATE INDEX readings_kind ON readings (patient_id, kind, recorded_at);
  ALTER TABLE readings ADD PRIMARY KEY (patient_id, id, recorded_at);
  ALTER TABLE readings ENABLE TRIGGER USER;`;

function bulk(statements) {
  const file = `${process.env.SERVER_DATA}/fill.sql`;
  writeFileSync(file, statements);
  const env = { ...database.env, PGUSER: "medconnect_owner", PGPASSWORD: database.passwords.owner };
  execFileSync(`${database.programs}psql`, ["-qX", "-v", "ON_ERROR_STOP=1", "-f", file], { env, stdio: ["ignore", "ignore", "inherit"] });
}

/** The cookie of somebody who is signed in. */
async function signIn() {
  const answer = await fetch(new URL("/login", base), {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/x-www-form-urlencoded", origin: base.origin },
    body: new URLSearchParams({ email, password }),
  });
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
  expect(answer.status === 303 && cookies.length > 0, "the sign-in");
  return cookies.join("; ");
}

// What a dashboard of a month asks: who reads, the days, the newest of each kind, what doctors have set, and what is reached.
const figures = "count, lowest, highest, total, squares, in_range, lower_lowest, lower_highest, lower_total, lower_squares";
const columns = `kind, day, last_at, ${figures}`;
const kinds =
  "heart_rate,blood_pressure,oxygen_saturation,body_temperature,blood_glucose,weight,height,steps,sleep_duration,respiratory_rate,peak_flow,heart_rate_variability";
function byHand() {
  const days = `SELECT kind, max(last_at) AS at FROM reading_days WHERE patient_id = '${patient}' GROUP BY kind`;
  const last = JSON.parse(sql(`SELECT json_agg(json_build_array(kind, at)) FROM (${days}) AS last`, "owner"));
  const script = `BEGIN;
SELECT set_config('medconnect.reader', '${patient}', true);
SELECT d.* FROM unnest('{${kinds}}'::text[]) AS asked (kind) CROSS JOIN LATERAL (SELECT ${columns} FROM reading_days WHERE patient_id = '${patient}' AND kind = asked.kind AND day BETWEEN current_date - 60 AND current_date UNION (SELECT ${columns} FROM reading_days WHERE patient_id = '${patient}' AND kind = asked.kind ORDER BY day DESC LIMIT 1)) AS d ORDER BY d.kind, d.day;
SELECT r.id, r.kind, r.value, r.diastolic, r.unit, r.recorded_at, r.created_at, r.source, d.name, r.notes, r.is_late, r.near_duplicate_of, r.version FROM unnest('{${last.map(([kind]) => kind)}}'::text[], '{${last.map(([, at]) => at)}}'::timestamptz[]) AS last (kind, at) CROSS JOIN LATERAL (SELECT * FROM readings WHERE patient_id = '${patient}' AND removed_at IS NULL AND near_duplicate_of IS NULL AND kind = last.kind AND recorded_at = last.at ORDER BY id DESC LIMIT 1) AS r LEFT JOIN devices d ON d.id = r.source;
SELECT l.* FROM reading_limits l WHERE l.patient_id = '${patient}';
SELECT kind, what, reached_on FROM reading_milestones WHERE patient_id = '${patient}' ORDER BY reached_on DESC, kind, what LIMIT 200;
COMMIT;
`;
  const file = `${process.env.SERVER_DATA}/dashboard.sql`;
  writeFileSync(file, script);
  const args = ["-n", "-M", "prepared", "-c", concurrency, "-j", 1, "-T", 5, "-f", file];
  const report = execFileSync(`${database.programs}pgbench`, args, { env: database.env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  return Math.round(Number(/tps = ([\d.]+)/.exec(report)[1]));
}

const cookie = await signIn();
const { access } = await get("/api/auth/login", json({ email, password }));
const requests = 1_500;
async function round(name) {
  bulk("VACUUM (ANALYZE) readings, reading_hours, reading_days;");
  console.log(`${name}: ${sql("SELECT count(*) FROM readings", "owner")} readings in the table`);
  const asks = (path, headers) => Array.from({ length: requests }, () => [path, { headers }]);
  await measure("  GET /api/health-metrics/dashboard", "", asks("/api/health-metrics/dashboard?period=month", { authorization: `Bearer ${access}` }));
  await measure("  GET /patient/readings", "", asks("/patient/readings?period=month", { cookie }));
  await measure("  GET /patient/readings/heart_rate", "", asks("/patient/readings/heart_rate?period=quarter", { cookie }));
  row("  the queries of the first in pgbench", "", "", "", "", "", byHand(), "");
}

row(`dashboards, ${concurrency} clients; milliseconds of processors a request`, "server", "", "database", "p50 ms", "p99 ms", "each s", "bytes");
bulk(fill);
await round("alone");
bulk(crowd);
await round("beside others");
