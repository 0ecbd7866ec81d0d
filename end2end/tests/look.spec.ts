import AxeBuilder from "@axe-core/playwright";
import { expect, expectStatus, fits, signIn, test } from "./clinic";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Every page, as who. */
const PAGES: [string, string | null][] = [
  ["/", null],
  ["/doctors", null],
  ["/doctors?q=zzzzzz", null],
  ["/hospitals", null],
  ["/login", null],
  ["/register", null],
  ["/api/docs", null],
  ["/dev/ui", null],
  ["/nowhere", null],
  ["/patient", "patient@demo.test"],
  ["/patient?show=past", "patient@demo.test"],
  ["/account/profile", "patient@demo.test"],
  ["/doctor", "doctor@demo.test"],
  ["/doctor/week", "doctor@demo.test"],
  ["/doctor/hours", "doctor@demo.test"],
  ["/doctor/days", "doctor@demo.test"],
  ["/admin/providers", "admin@demo.test"],
  ["/admin/providers/new", "admin@demo.test"],
  ["/admin/hospitals", "admin@demo.test"],
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
          await inspect(page, info.outputPath(`${path.replace(/\W+/g, "-")}.png`));
        }
        if (who === null) {
          await page.goto("/doctors");
          await page.locator(".doctor-card h2 a").first().click();
          await inspect(page, info.outputPath("doctor.png"));
          await page.locator(".time").first().click();
          await inspect(page, info.outputPath("book.png"));
        }
        if (who === "patient@demo.test") {
          await page.goto("/patient");
          await page.locator(".visit-card a").first().click();
          await inspect(page, info.outputPath("visit.png"));
        }
      });
    }
  });
}

async function inspect(page: import("@playwright/test").Page, file: string) {
  await page.screenshot({ path: file, fullPage: true });
  await fits(page);
  const found = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  const violations = found.violations.map((v) => `${page.url()} ${v.id}: ${v.nodes.map((n) => n.target).join(", ")}`);
  expect(violations).toEqual([]);
}

test("the first view of each page is small", async ({ page }) => {
  const budget: [string, number][] = [["document", 6], ["stylesheet", 12], ["script", 8], ["wasm", 90], ["all", 130]];
  for (const path of ["/", "/doctors", "/login", "/register", "/hospitals"]) {
    const sizes: Record<string, number> = {};
    const done = async (response: import("@playwright/test").Response) => {
      const { responseBodySize } = await response.request().sizes();
      const kind = response.url().endsWith(".wasm") ? "wasm" : response.request().resourceType();
      sizes[kind] = (sizes[kind] ?? 0) + responseBodySize;
      sizes.all = (sizes.all ?? 0) + responseBodySize;
    };
    const waiting: Promise<void>[] = [];
    const listener = (response: import("@playwright/test").Response) => void waiting.push(done(response));
    page.on("response", listener);
    await page.goto(path, { waitUntil: "networkidle" });
    await Promise.all(waiting);
    page.off("response", listener);
    console.log(`${path} ${Object.entries(sizes).map(([kind, bytes]) => `${kind} ${(bytes / 1024).toFixed(1)} KiB`).join(", ")}`);
    for (const [kind, kib] of budget) expect((sizes[kind] ?? 0) / 1024, `${path} ${kind}`).toBeLessThanOrEqual(kib);
  }
});
