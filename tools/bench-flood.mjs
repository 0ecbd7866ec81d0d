// Whether the server keeps its memory while devices send as much as it takes: tools/with-server target/release/medconnect
// node tools/bench-flood.mjs [minutes]
import { batch, devices } from "./bench-devices.mjs";
import { expect, json, memory, row, run, sql } from "./bench-kit.mjs";

const minutes = Number(process.argv[2] ?? 10);
const size = 10;
const senders = Array.from({ length: 10 }, () => devices(300)).flat();
const until = performance.now() + minutes * 60_000;
let turn = 0;
let minute = performance.now();
let sent = 0;
row("minute", "MB", "", "readings");
while (performance.now() < until) {
  const asks = senders.map(({ key }) => ["/api/iot/data/stream", json(batch(size, turn), { "x-api-key": key })]);
  await run(asks, 64);
  turn += 1;
  sent += asks.length * size;
  if (performance.now() - minute < 60_000) continue;
  minute = performance.now();
  row(new Date().toISOString().slice(11, 16), memory(), "", sent);
}
expect(Number(sql("SELECT sum(count) FROM reading_days JOIN devices USING (patient_id) WHERE devices.name = 'Bench'", "owner")) === sent, "what was counted");
