import { expect, expectStatus, inspect, signIn, test } from "./clinic";

/** Every page, as who. */
const PAGES: [string, string | null][] = [
  ["/", null],
  ["/doctors", null],
  ["/doctors?q=zzzzzz", null],
  ["/hospitals", null],
  ["/login", null],
  ["/register", null],
  ["/api/docs", null],
  ["/dev/mail", null],
  ["/dev/ui", null],
  ["/nowhere", null],
  ["/patient", "patient@demo.test"],
  ["/patient/readings", "patient@demo.test"],
  ["/patient/readings/blood_pressure", "patient@demo.test"],
  ["/patient/readings/milestones", "patient@demo.test"],
  ["/patient/devices", "patient@demo.test"],
  ["/patient?show=past", "patient@demo.test"],
  ["/patient/waitlist", "patient@demo.test"],
  ["/patient/waitlist/new?specialty=cardiology", "patient@demo.test"],
  ["/account/profile", "patient@demo.test"],
  ["/account/family", "patient@demo.test"],
  ["/account/proxies", "patient@demo.test"],
  ["/account/access-log", "patient@demo.test"],
  ["/account/calendar", "patient@demo.test"],
  ["/account/units", "patient@demo.test"],
  ["/doctor", "doctor@demo.test"],
  ["/doctor/week", "doctor@demo.test"],
  ["/doctor/hours", "doctor@demo.test"],
  ["/doctor/days", "doctor@demo.test"],
  ["/doctor/rules", "doctor@demo.test"],
  ["/doctor/terms", "doctor@demo.test"],
  ["/doctor/times", "doctor@demo.test"],
  ["/doctor/calendar", "doctor@demo.test"],
  ["/doctor/waitlist", "doctor@demo.test"],
  ["/doctor/profile", "doctor@demo.test"],
  ["/admin/providers", "admin@demo.test"],
  ["/admin/providers/new", "admin@demo.test"],
  ["/admin/hospitals", "admin@demo.test"],
  ["/admin/people", "admin@demo.test"],
  ["/admin/roles", "admin@demo.test"],
  ["/admin/roles/new", "admin@demo.test"],
  ["/admin/audit", "admin@demo.test"],
  ["/admin/emergencies", "admin@demo.test"],
];

for (const scheme of ["light", "dark"] as const) {
  test.describe(scheme, () => {
    test.use({ colorScheme: scheme });

    for (const who of [null, "patient@demo.test", "doctor@demo.test", "admin@demo.test"]) {
      test(`pages of ${who ?? "everybody"} can be used by everybody`, async ({ page }, info) => {
        test.setTimeout(120_000);
        expectStatus(404);
        if (who) await signIn(page, who);
        for (const [path] of PAGES.filter(([, owner]) => owner === who)) {
          await page.goto(path);
          await look(page, info.outputPath(`${path.replace(/\W+/g, "-")}.png`));
        }
        if (who === null) {
          await page.goto("/doctors");
          await page.locator(".doctor-card h2 a").first().click();
          await look(page, info.outputPath("doctor.png"));
          // Not the first: it may pass meanwhile.
          await page.locator(".time").last().click();
          await look(page, info.outputPath("book.png"));
        }
        if (who === "patient@demo.test") {
          await page.goto("/patient");
          await page.locator(".visit-card a").first().click();
          await look(page, info.outputPath("visit.png"));
        }
      });
    }
  });
}

async function look(page: import("@playwright/test").Page, file: string) {
  // For somebody to look at.
  if (!process.env.CI) await page.screenshot({ path: file, fullPage: true });
  await inspect(page);
}

test("the first view of each page is small", async ({ browser }) => {
  const budget: [string, number][] = [["document", 6], ["stylesheet", 12], ["script", 8], ["wasm", 90], ["all", 130]];
  const doctors = await browser.newPage();
  await doctors.goto("/doctors");
  const doctor = await doctors.locator(".doctor-card h2 a").first().getAttribute("href");
  await doctors.close();
  for (const path of ["/", "/doctors", doctor!, "/login", "/register", "/hospitals"]) {
    // Somebody who was never here before: nothing is in the cache.
    const page = await browser.newPage({ timezoneId: "Europe/Lisbon" });
    const sizes: Record<string, number> = {};
    const waiting: Promise<void>[] = [];
    page.on("requestfinished", (request) => {
      const done = async () => {
        const { responseBodySize } = await request.sizes();
        const kind = request.url().endsWith(".wasm") ? "wasm" : request.resourceType();
        // The page may come twice: once it is known in which zone it is read.
        sizes[kind] = kind === "document" ? responseBodySize : (sizes[kind] ?? 0) + responseBodySize;
      };
      waiting.push(done());
    });
    await page.goto(path, { waitUntil: "load" });
    await page.waitForLoadState("networkidle").catch(() => undefined);
    await Promise.all(waiting);
    sizes.all = Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0);
    console.log(`${path} ${Object.entries(sizes).map(([kind, bytes]) => `${kind} ${(bytes / 1024).toFixed(1)}`).join(", ")} KiB`);
    for (const [kind, kib] of budget) expect((sizes[kind] ?? 0) / 1024, `${path} ${kind}`).toBeLessThanOrEqual(kib);
    await page.close();
  }
});
