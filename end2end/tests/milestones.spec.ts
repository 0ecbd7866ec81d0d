import { expect, inspect, mailTo, register, signIn, test } from "./clinic";

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("seven days in a row are congratulated on, on the page and by mail", async ({ page }) => {
      const email = await register(page);
      await page.goto("/patient/readings/milestones");
      await expect(page.getByText("Nothing reached yet")).toBeVisible();
      await inspect(page, { scripts });
      for (let ago = 6; ago >= 0; ago--) {
        await page.goto("/patient/readings/new?kind=oxygen_saturation");
        const date = page.locator("[name=date]");
        const day = new Date(`${await date.inputValue()}T00:00:00Z`);
        day.setUTCDate(day.getUTCDate() - ago);
        await date.fill(day.toISOString().slice(0, 10));
        await page.locator("[name=time]").fill("00:00");
        await page.locator("[name=value]").fill("97");
        await page.getByRole("button", { name: "Keep it" }).click();
        await expect(page.getByText("Kept.")).toBeVisible();
      }
      await expect(async () => {
        await page.goto("/patient/readings");
        await expect(page.getByText("Oxygen saturation: 7 days in a row")).toBeVisible({ timeout: 500 });
      }).toPass({ timeout: 30_000 });
      await inspect(page, { scripts });
      expect(await mailTo(page, email, /you have reached a milestone/)).toContain("/patient/readings/milestones");
      await page.getByRole("link", { name: "All you have reached" }).click();
      await expect(page.locator("h1")).toHaveText("What you have reached");
      await expect(page.getByRole("region", { name: "Going on now" })).toContainText("7 days in a row: Oxygen saturation");
      await inspect(page, { scripts });
    });

    test("who has measured for a month finds what that came to", async ({ page }) => {
      await signIn(page, "patient@demo.test");
      await expect(async () => {
        await page.goto("/patient/readings/milestones");
        await expect(page.getByText("Steps: 30 days in a row")).toBeVisible({ timeout: 500 });
      }).toPass({ timeout: 30_000 });
      await inspect(page, { scripts });
    });
  });
}
