// What the benchmarks share: a client that costs little, what /proc says of the server and its database, and SQL.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import net from "node:net";

export const base = new URL(process.env.BASE_URL);
export const server = Number(process.env.SERVER_PID);
export const concurrency = 8;

/**
 * One connection that asks one thing after the other. It knows as much HTTP as our server speaks, and
 * costs a fraction of what node's own client takes from the same two cores.
 */
export class Connection {
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
export async function ask(...what) {
  const connection = new Connection();
  try {
    return await connection.ask(...what);
  } finally {
    connection.socket.destroy();
  }
}

export const json = (body, headers = {}) => ({ method: "POST", body, headers: { "content-type": "application/json", ...headers } });
export const get = async (path, options) => JSON.parse((await ask(path, options)).body);

export function expect(holds, what) {
  if (!holds) throw new Error(`a wrong answer: ${what}`);
}

/** Parent and processor milliseconds of a process, and of its children that have ended; the clock of /proc ticks every 10 ms. */
export function stat(pid) {
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

export const database = cluster();

export function sql(statement, role = "app") {
  const env = { ...database.env, PGUSER: `medconnect_${role}`, PGPASSWORD: database.passwords[role] };
  return execFileSync(`${database.programs}psql`, ["-qAtX", "-F", " ", "-c", statement], { env, encoding: "utf8" }).trim();
}

/** The processor time of the database: of all processes that serve a connection or did, and the rest. */
export function databaseTime() {
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

export function memory() {
  const status = readFileSync(`/proc/${server}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024);
}

export function row(...cells) {
  const widths = [50, 10, 8, 10, 8, 8, 10, 9];
  console.log(cells.map((cell, i) => (i ? String(cell).padStart(widths[i]) : cell.padEnd(widths[i]))).join(""));
}

/** Sends every request of `asks`, a few at a time: how long each took, and what all of them cost. */
export async function run(asks, atOnce = concurrency) {
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
  return { times, bytes, elapsed, server: stat(server).ms - before.server, database: databaseTime() - before.database };
}

/** The same, and prints what they cost beside what they may. */
export async function measure(name, limit, asks, atOnce = concurrency) {
  const { times, bytes, elapsed, ...cost } = await run(asks, atOnce);
  const each = (ms) => (ms / times.length).toFixed(2);
  const at = (share) => times[Math.floor(times.length * share)].toFixed(1);
  const rate = times.length / elapsed;
  row(name, each(cost.server), limit, each(cost.database), at(0.5), at(0.99), Math.round(rate), bytes);
  return rate;
}
