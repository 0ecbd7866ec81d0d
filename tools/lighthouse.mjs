// Runs Lighthouse over some pages and prints its marks, and what keeps a mark from being full.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const base = process.env.BASE_URL;
const limit = 97;
const kinds = ["performance", "accessibility", "best-practices", "seo"];

async function pages() {
  const found = await (await fetch(`${base}/api/providers?page_size=1`)).json();
  const doctor = `/doctors/${found.results[0].id}`;
  return ["/", "/doctors", doctor, "/hospitals", "/login", "/register"];
}

function marks(path) {
  const report = `${process.env.SERVER_DATA}/lighthouse.json`;
  execFileSync(
    process.env.LIGHTHOUSE,
    [base + path, "--quiet", "--output=json", `--output-path=${report}`, "--chrome-flags=--headless=new --no-sandbox --disable-gpu"],
    { stdio: "ignore" },
  );
  const { categories, audits } = JSON.parse(readFileSync(report, "utf8"));
  const lost = Object.entries(categories).flatMap(([kind, { auditRefs }]) =>
    auditRefs
      .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 0.9)
      .map(({ id }) => `${kind}: ${audits[id].title} ${audits[id].displayValue ?? ""}`),
  );
  return {
    scores: kinds.map((kind) => Math.round(categories[kind].score * 100)),
    paint: audits["largest-contentful-paint"].displayValue,
    bytes: audits["total-byte-weight"].displayValue,
    lost,
  };
}

const named = process.argv.slice(2);
let low = false;
console.log(["".padEnd(44), ...kinds.map((kind) => kind.padStart(15)), "largest paint".padStart(15)].join(""));
for (const path of named.length ? named : await pages()) {
  const { scores, paint, lost } = marks(path);
  console.log([path.padEnd(44), ...scores.map((score) => String(score).padStart(15)), paint.padStart(15)].join(""));
  for (const line of lost) console.log(`  ${line}`);
  low ||= scores.some((score) => score < limit);
}
console.log(low ? `a mark is below ${limit}` : `all marks are ${limit} or more`);
