import { expect, inspect, register, signIn, test } from "./clinic";

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("the dashboard leads from all that was measured to one kind, and through time", async ({ page }) => {
      await signIn(page, "patient@demo.test");
      await page.goto("/patient/readings");
      await expect(page.locator("h1")).toHaveText("Your readings");
      const card = page.locator(".reading-card", { has: page.getByRole("link", { name: "Blood pressure" }) });
      await expect(card.getByText(/mmHg \(from \d+ of 30 days\)/)).toBeVisible();
      await inspect(page, { scripts });
      await page.getByRole("navigation", { name: "How long a time" }).getByRole("link", { name: "Quarter" }).click();
      await expect(card.getByText(/Too few readings: \d+ of 91 days|mmHg \(from/)).toBeVisible();
      await inspect(page, { scripts });

      await page.goto("/patient/readings");
      await card.getByRole("link", { name: "Blood pressure" }).click();
      await expect(page.locator("h1")).toHaveText("Blood pressure");
      await expect(page.getByRole("img", { name: /^Blood pressure, .*: \d+ of 30 days with readings/ })).toBeVisible();
      await expect(page.getByText("What to do next")).toBeVisible();
      await inspect(page, { scripts });
      await page.getByText("The same as a table, day by day").click();
      await expect(page.getByRole("row").filter({ hasText: "mmHg" }).first()).toBeVisible();
      await inspect(page, { scripts });

      for (const period of ["Week", "Day", "Quarter"]) {
        await page.getByRole("navigation", { name: "How long a time" }).getByRole("link", { name: period }).click();
        await expect(page.getByRole("navigation", { name: "How long a time" }).locator("[aria-current]")).toHaveText(period);
        await inspect(page, { scripts });
      }
      await page.getByRole("navigation", { name: "How long a time" }).getByRole("link", { name: "Week" }).click();
      const range = page.getByRole("navigation", { name: "Earlier and later" }).getByRole("heading");
      const now = await range.textContent();
      await page.getByRole("link", { name: "Earlier" }).click();
      await expect(range).not.toHaveText(now ?? "");
      await inspect(page, { scripts });
      await page.getByRole("link", { name: "Later" }).click();
      await expect(range).toHaveText(now ?? "");
    });

    test("who has measured nothing is led to a first reading, and sees it", async ({ page }) => {
      await register(page);
      await page.goto("/patient/readings");
      await expect(page.getByText("No readings yet")).toBeVisible();
      await inspect(page, { scripts });
      await page.getByRole("link", { name: "Enter a first reading" }).click();
      await page.getByRole("link", { name: "Weight" }).click();
      await page.getByLabel("Weight").fill("68.5");
      await page.getByRole("button", { name: "Keep it" }).click();
      await expect(page.getByText("Kept.")).toBeVisible();
      await page.getByRole("navigation", { name: "What was measured" }).getByRole("link", { name: "Overview" }).click();
      await expect(page.locator(".reading-card")).toContainText("68.5 kg");
      await expect(page.locator(".reading-card")).toContainText("Too few readings: 1 of 30 days");
      await inspect(page, { scripts });
    });
  });
}
