// What readings cost: how many a second the server takes from many devices, in batches of several sizes and each on the
// disk before its answer, beside the same rows written by hand. Every batch is of a device of its own turn, as a device
// may send only so often.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { batch, devices } from "./bench-devices.mjs";
import { concurrency, database, databaseTime, expect, json, memory, row, run, sql } from "./bench-kit.mjs";

// Of the readings of each round; fewer make it shorter.
const readings = Number(process.argv[2] ?? 20_000);
const sizes = [1, 10, 100, 500];
// So many devices send at once.
const clients = Number(process.env.CLIENTS ?? 64);
// Fewer requests than a device may send at once.
const each = 100;

const batches = sizes.map((size) => Math.max(clients, Math.min(Math.ceil(readings / size), 20_000)));
const count = Math.ceil(Math.max(...batches) / each) + concurrency;
const kept = () => Number(sql("SELECT count(*) FROM readings", "owner"));
const perTenThousand = (ms, total) => ((ms / total) * 10).toFixed(2);

/** Runs each script in a psql of its own, all at once; seconds, and what it cost the database. */
async function byHand(scripts) {
  const began = { at: performance.now(), ms: databaseTime() };
  const env = { ...database.env, PGUSER: "medconnect_owner", PGPASSWORD: database.passwords.owner };
  const ended = scripts.map(async (script, index) => {
    const file = `${process.env.SERVER_DATA}/by-hand-${index}.sql`;
    writeFileSync(file, script);
    const [code] = await once(spawn(`${database.programs}psql`, ["-qX", "-v", "ON_ERROR_STOP=1", "-f", file], { env, stdio: ["ignore", "ignore", "inherit"] }), "exit");
    expect(code === 0, "psql");
  });
  await Promise.all(ended);
  return { elapsed: (performance.now() - began.at) / 1000, ms: databaseTime() - began.ms };
}

/** The rows of the last round as text, in statements of `size`, dealt to as many hands as there are clients. */
function statements(size, write) {
  const env = { ...database.env, PGUSER: "medconnect_owner", PGPASSWORD: database.passwords.owner };
  const copied = execFileSync(`${database.programs}psql`, ["-qX", "-c", "COPY (SELECT * FROM readings ORDER BY created_at, patient_id) TO STDOUT"], {
    env,
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  const lines = copied.trimEnd().split("\n");
  const scripts = Array.from({ length: concurrency }, () => []);
  for (let at = 0; at < lines.length; at += size) scripts[(at / size) % concurrency].push(write(lines.slice(at, at + size)));
  return scripts.map((script) => script.join(""));
}

const literal = (field) => (field === "\\N" ? "NULL" : `'${field.replaceAll("'", "''")}'`);
const insert = (lines) => `INSERT INTO by_hand VALUES ${lines.map((line) => `(${line.split("\t").map(literal).join(", ")})`).join(", ")};\n`;
const copy = (lines) => `COPY by_hand FROM STDIN;\n${lines.join("\n")}\n\\.\n`;

console.log(`readings, ${clients} clients; processor seconds for 10,000 of them, and those of five-statement transactions in pgbench`);
row("", "server s", "", "database", "p50 ms", "p99 ms", "readings/s", "");
for (const [round, size] of sizes.entries()) {
  // Each round begins with as few rows as the others.
  sql("SET client_min_messages = warning; TRUNCATE readings, reading_hours, reading_days, quarantined_readings; DROP TABLE IF EXISTS by_hand; CREATE TABLE by_hand (LIKE readings INCLUDING ALL)", "owner");
  const senders = devices(count);
  const asks = Array.from({ length: batches[round] }, (_, index) => {
    const { key } = senders[index % senders.length];
    return ["/api/iot/data/stream", json(batch(size, Math.floor(index / senders.length)), { "x-api-key": key })];
  });
  const cost = await run(asks, clients);
  const total = asks.length * size;
  expect(kept() === total, `${kept()} of ${total} readings`);
  const at = (share) => cost.times[Math.floor(cost.times.length * share)].toFixed(1);
  row(
    `in batches of ${size}`,
    perTenThousand(cost.server, total),
    "",
    perTenThousand(cost.database, total),
    at(0.5),
    at(0.99),
    Math.round(total / cost.elapsed),
    "",
  );
  for (const [name, write] of [
    ["a multi-row insert by hand", insert],
    ["COPY by hand", copy],
  ]) {
    sql("TRUNCATE by_hand", "owner");
    const { elapsed, ms } = await byHand(statements(size, write));
    expect(Number(sql("SELECT count(*) FROM by_hand", "owner")) === total, name);
    row(`  ${name}`, "", "", perTenThousand(ms, total), "", "", Math.round(total / elapsed), "");
  }
}

// What this machine does of the plainest small transactions, each on the disk before the next: pgbench's own.
sql("CREATE SCHEMA IF NOT EXISTS plain AUTHORIZATION medconnect_owner", "owner");
const plain = { ...database.env, PGUSER: "medconnect_owner", PGPASSWORD: database.passwords.owner, PGOPTIONS: "-c search_path=plain" };
execFileSync(`${database.programs}pgbench`, ["-i", "-q", "-s", "10"], { env: plain, stdio: ["ignore", "ignore", "ignore"] });
const report = execFileSync(`${database.programs}pgbench`, ["-n", "-M", "prepared", "-c", clients, "-j", 1, "-T", 5], {
  env: plain,
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
});
row("five-statement transactions in pgbench", "", "", "", "", "", Math.round(Number(/tps = ([\d.]+)/.exec(report)[1])), "");
console.log(`memory of the server: ${memory()} MB`);
