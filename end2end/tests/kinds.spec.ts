import { expect, expectStatus, fits, register, signIn, test } from "./clinic";
import type { Page } from "@playwright/test";

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("visits by phone are longer, and are booked for as long", async ({ page }) => {
      expectStatus(422);
      expectStatus(409);
      await signIn(page, "doctor2@demo.test");
      await page.goto("/doctor/rules");
      try {
        const calls = page.getByRole("group", { name: "Phone visits" });
        await calls.getByLabel(/Length/).fill("1000");
        await page.getByRole("button", { name: "Save rules" }).click();
        await expect(calls.getByLabel(/Length/)).toHaveAttribute("aria-invalid", "true");
        await calls.getByLabel(/Length/).fill("60");
        await calls.getByLabel(/Pause after/).fill("5");
        await save(page);
        await expect(calls.getByLabel(/Length/)).toHaveValue("60");
        await fits(page);

        await page.goto("/doctor");
        const own = await page.getByRole("link", { name: "My public page" }).getAttribute("href");
        await page.context().clearCookies();
        // Nobody who may have a visit then already.
        await register(page);
        await page.goto(`${own}?visit=phone`);
        await expect(page.getByRole("link", { name: "Phone, 60 min" })).toBeVisible();
        const jump = page.locator(".week-next a");
        await jump.click();
        await fits(page);
        await page.locator("#times .time-list a").first().click();
        await expect(page.getByLabel("Phone", { exact: false }).first()).toBeChecked();
        await fits(page);
        await page.getByLabel("What is it about?").fill("A question about my results");
        await page.getByRole("button", { name: /this visit/ }).first().click();
        await expect(page).toHaveURL(/visits/);
        await expect(page.locator("main")).toContainText(/60 min/);
      } finally {
        await page.context().clearCookies();
        await signIn(page, "doctor2@demo.test");
        await page.goto("/doctor/rules");
        const calls = page.getByRole("group", { name: "Phone visits" });
        await calls.getByLabel(/Length/).fill("");
        await calls.getByLabel(/Pause after/).fill("");
        await save(page);
      }
    });
  });
}

async function save(page: Page) {
  await page.getByRole("button", { name: "Save rules" }).click();
  await expect(page.getByText(/^Saved\./)).toBeVisible();
}
