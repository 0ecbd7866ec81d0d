import { expect, expectStatus, fits, signIn, test } from "./clinic";

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("a doctor sees the day and the week, closes a day and opens it again", async ({ page }) => {
      await signIn(page, "doctor@demo.test");
      await expect(page.locator("h1")).toHaveText("Today");
      await page.goto("/doctor/week");
      await expect(page.locator(".week-column")).toHaveCount(7);
      await fits(page);

      await page.goto("/doctor/days");
      const day = new Date(Date.now() + 50 * 86_400_000).toISOString().slice(0, 10);
      const form = page.locator("form", { has: page.getByRole("heading", { name: "Close a day" }) });
      await form.getByLabel("Day", { exact: true }).fill(day);
      await form.getByLabel(/Reason/).fill("Away");
      await form.getByRole("button", { name: "Close" }).click();
      await expect(page.getByText("Saved.")).toBeVisible();
      const closed = page.locator("li", { hasText: "Away" });
      await expect(closed).toHaveCount(1);
      await closed.getByRole("button").click();
      await expect(page.locator("li", { hasText: "Away" })).toHaveCount(0);
    });

    test("hours that overlap are refused at their line, and nothing typed is lost", async ({ page }) => {
      expectStatus(422);
      await signIn(page, "doctor@demo.test");
      await page.goto("/doctor/hours");
      const line = page.getByRole("group", { name: "New hours" }).first();
      await line.getByLabel("From", { exact: true }).fill("18:00");
      await line.getByLabel("To", { exact: true }).fill("17:00");
      await line.getByLabel("Video").check({ force: true });
      await page.getByRole("button", { name: "Save hours" }).click();
      await expect(page.getByRole("alert").first()).toContainText("The end must be later than the start.");
      await expect(page.getByRole("group", { name: "New hours" }).first().getByLabel("From", { exact: true })).toHaveValue("18:00");
    });

    test("an admin finds a doctor and is told what is wrong with a form", async ({ page }) => {
      expectStatus(422);
      await signIn(page, "admin@demo.test");
      await expect(page.locator("h1")).toHaveText("Doctors");
      await fits(page);
      await page.goto("/admin/hospitals/new");
      await page.getByRole("button", { name: "Save" }).click();
      await expect(page.getByRole("alert")).toContainText("Enter the name.");
    });
  });
}

test("a page of another role is calmly refused", async ({ page }) => {
  expectStatus(403);
  await signIn(page, "patient@demo.test");
  await page.goto("/admin/providers");
  await expect(page.locator("h1")).toHaveText("This page is not for your account");
});
