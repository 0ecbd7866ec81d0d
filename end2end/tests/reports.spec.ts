import { expect, expectStatus, inspect, register, signIn, test } from "./clinic";
import type { Page } from "@playwright/test";
import { readFile } from "node:fs/promises";

/** Enters a weight of today. */
async function enterWeight(page: Page, kilograms: string) {
  await page.goto("/patient/readings/new?kind=weight");
  await page.getByLabel("Weight").fill(kilograms);
  await page.getByRole("button", { name: "Keep it" }).click();
  await expect(page.getByText("Kept.")).toBeVisible();
}

/** The file that is downloaded when `press` is done. */
async function downloaded(page: Page, press: () => Promise<void>) {
  const [file] = await Promise.all([page.waitForEvent("download"), press()]);
  return readFile(await file.path(), "utf8");
}

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("a reading is corrected, in two tabs, and what it was stands below", async ({ page, context }) => {
      await register(page);
      await enterWeight(page, "86.5");
      await page.getByRole("link", { name: "Change Weight, 86.5 kg" }).click();
      await expect(page.locator("h1")).toHaveText("Change a weight");
      await inspect(page, { scripts });

      const other = await context.newPage();
      await other.goto(page.url());
      await page.getByLabel("Weight").fill("68,5");
      await page.getByLabel("Note").fill("Before breakfast");
      await page.getByRole("button", { name: "Save the change" }).click();
      await expect(page.getByText("Changed. What it was before is kept with it.")).toBeVisible();
      await expect(page.getByText("68.5 kg").first()).toBeVisible();
      await expect(page.getByText("86.5 kg")).toHaveCount(0);
      await inspect(page, { scripts });

      expectStatus(409);
      await other.getByLabel("Weight").fill("85.6");
      await other.getByRole("button", { name: "Save the change" }).click();
      await expect(other.getByText("This reading was changed in the meantime.")).toBeVisible();
      await expect(other.getByLabel("Weight")).toHaveValue("85.6");
      await expect(other.getByText("Now: 68.5 kg")).toBeVisible();
      await inspect(other, { scripts });
      await other.close();

      await page.getByRole("link", { name: "Change Weight, 68.5 kg" }).click();
      await expect(page.getByRole("row").filter({ hasText: "Was 86.5 kg" })).toBeVisible();
      await inspect(page, { scripts });
    });

    test("a report is read, printed and taken along", async ({ page }) => {
      await signIn(page, "patient@demo.test");
      await page.goto("/patient/readings");
      await page.getByRole("link", { name: "Report to read or print" }).click();
      await expect(page.locator("h1")).toHaveText("Report of your readings");
      for (const title of ["What improved", "What to do next", "At a glance", "Blood pressure"]) {
        await expect(page.getByRole("heading", { name: title, exact: true })).toBeVisible();
      }
      await expect(page.getByText("Save as PDF")).toBeVisible();
      await expect(page.getByRole("button", { name: "Print" })).toBeVisible({ visible: scripts });
      await inspect(page, { scripts });

      await page.emulateMedia({ media: "print" });
      await expect(page.getByText("Made with MedConnect")).toBeVisible();
      for (const gone of [".site-header", ".site-footer", ".screen-only", ".button"]) {
        await expect(page.locator(gone).locator("visible=true")).toHaveCount(0);
      }
      expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(255, 255, 255)");
      await page.emulateMedia({ media: null });

      await page.getByRole("link", { name: "Earlier" }).click();
      await expect(page).toHaveURL(/last=/);
      await page.getByLabel("How long").selectOption("week");
      await page.getByLabel("Last day").fill("2020-01-31");
      await page.getByRole("button", { name: "Show" }).click();
      await expect(page.getByText("Nothing measured")).toBeVisible();
      await inspect(page, { scripts });

      await page.goto("/patient/readings/report");
      await page.getByRole("link", { name: "Download these readings" }).click();
      await expect(page.locator("h1")).toHaveText("Download your readings");
      await inspect(page, { scripts });
      const text = await downloaded(page, () => page.getByRole("button", { name: "Download" }).click());
      expect(text).toMatch(/^measured_at,type,name,value,/);
      expect(text.split("\r\n").length).toBeGreaterThan(20);

      expectStatus(422);
      await page.getByLabel("First day").fill("2026-03-02");
      await page.getByLabel("Last day").fill("2026-03-01");
      await page.getByRole("button", { name: "Download" }).click();
      await expect(page.getByText("Enter a last day that is not before the first one.").first()).toBeVisible();
      await expect(page.getByLabel("First day")).toHaveValue("2026-03-02");
      await inspect(page, { scripts });
    });

    test("what has a wrong date stands under its own name", async ({ page }) => {
      await signIn(page, "patient@demo.test");
      await page.goto("/patient/readings/all?show=apart");
      await expect(page.locator("h1")).toHaveText("Readings with a wrong date");
      await inspect(page, { scripts });
    });
  });
}
