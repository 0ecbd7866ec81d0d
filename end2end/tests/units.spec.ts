import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inspect, register, test } from "./clinic";

interface Row {
  kind: string;
  value: number;
  diastolic?: number;
  unit: string;
  shown: Record<string, string>;
}

/** What the domain and the API are held to. */
const table = (): Row[] =>
  JSON.parse(readFileSync(join(test.info().config.rootDir, "../../server/domain/src/readings/conversions.json"), "utf8"));

const KINDS = ["blood_glucose", "blood_pressure", "body_temperature", "weight", "height"];

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("what was typed in one unit is read in the one that was chosen, everywhere", async ({ page }) => {
      // A hundred pages.
      test.slow();
      await register(page);
      for (const kind of KINDS) {
        const rows = table().filter((row) => row.kind === kind);
        const each = rows.filter((row, at) => rows.findIndex((other) => other.unit === row.unit) === at);
        for (const [number, row] of each.entries()) {
          await page.goto(`/patient/readings/new?kind=${kind}`);
          // Each is the newest one.
          const date = page.locator("[name=date]");
          const day = new Date(`${await date.inputValue()}T00:00:00Z`);
          day.setUTCDate(day.getUTCDate() - 10 + number);
          await date.fill(day.toISOString().slice(0, 10));
          await page.locator("[name=value]").fill(String(row.value));
          if (row.diastolic !== undefined) await page.locator("[name=diastolic]").fill(String(row.diastolic));
          await page.locator("[name=unit]").selectOption(row.unit);
          await page.getByRole("button", { name: "Keep it" }).click();
          await expect(page.getByText("Kept.")).toBeVisible();

          for (const unit of Object.keys(row.shown)) {
            await page.goto("/account/units");
            await page.locator(`[name=${kind}]`).selectOption(unit);
            await page.getByRole("button", { name: "Save" }).click();
            await expect(page.getByText("Saved.")).toBeVisible();
            const shown = row.shown[unit]!;
            await page.goto("/patient/readings");
            await expect(page.locator(".reading-card", { has: page.locator(`a[href^="/patient/readings/${kind}?"]`) })).toContainText(shown);
            await page.goto(`/patient/readings/${kind}`);
            await expect(page.locator(".lede")).toContainText(shown);
            await page.goto(`/patient/readings/all?kind=${kind}`);
            await expect(page.getByRole("row").nth(1)).toContainText(shown);
            await page.goto(`/patient/readings/new?kind=${kind}`);
            await expect(page.locator("[name=unit]")).toHaveValue(unit);
          }
        }
      }
    });

    test("units are chosen on a page that says what they change", async ({ page }) => {
      await register(page);
      await page.goto("/account/units");
      await expect(page.locator("h1")).toHaveText("Units");
      await inspect(page, { scripts });
      await page.getByLabel("Weight").selectOption("[lb_av]");
      await page.getByRole("button", { name: "Save" }).click();
      await expect(page.getByText("Saved.")).toBeVisible();
      await expect(page.getByLabel("Weight")).toHaveValue("[lb_av]");
      await inspect(page, { scripts });
    });
  });
}
