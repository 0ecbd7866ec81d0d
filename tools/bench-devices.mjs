// Devices that send readings, and what they send.
import { createHash, randomBytes } from "node:crypto";
import { sql } from "./bench-kit.mjs";

const letters = "abcdefghijklmnopqrstuvwxyz234567";

/** A device of a new patient, as if it had been registered and verified. */
function device() {
  const key = `mcd_${Array.from(randomBytes(40), (byte) => letters[byte % 32]).join("")}`;
  return { key, hash: createHash("sha256").update(key).digest("hex"), patient: crypto.randomUUID(), id: crypto.randomUUID() };
}

/** So many devices that nobody else has used. */
export function devices(count) {
  const made = Array.from({ length: count }, device);
  const rows = (columns) => made.map((one) => `(${columns(one)})`).join(", ");
  sql(
    `INSERT INTO users (id, email, password_hash, first_name, last_name, time_zone)
       VALUES ${rows((one) => `'${one.patient}', '${one.id}@example.org', '-', 'Bench', 'Patient', 'UTC'`)};
     INSERT INTO devices (id, patient_id, name, kind, status) VALUES ${rows((one) => `'${one.id}', '${one.patient}', 'Bench', 'smartwatch', 'active'`)};
     INSERT INTO device_keys (id, device_id, hash, prefix)
       VALUES ${rows((one) => `gen_random_uuid(), '${one.id}', '\\x${one.hash}', '${one.key.slice(0, 12)}'`)}`,
    "owner",
  );
  return made;
}

const now = Date.now();
/** A batch of readings that no other turn of a device has, two minutes apart, the newest first. */
export function batch(size, turn) {
  const metrics = Array.from({ length: size }, (_, index) => ({
    type: "heart_rate",
    value: 55 + ((turn + index) % 60),
    timestamp: new Date(now - 60_000 - (turn * size + index) * 120_000).toISOString(),
  }));
  return { metrics };
}
