import type { Locator } from "@playwright/test";
import { expect, expectStatus, fits, openDoctor, register, signIn, test } from "./clinic";

/** Chooses the last urgent time, which does not pass meanwhile. Where there are many, it is folded away. */
async function chooseLast(urgent: Locator): Promise<void> {
  await expect(urgent.locator(".time-list").first()).toBeVisible();
  const later = urgent.locator("summary");
  if ((await later.count()) > 0) await later.click();
  await urgent.locator(".time-list a").last().click();
}

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("who cannot wait is seen today, and the doctor knows", async ({ page }) => {
      expectStatus(409);
      expectStatus(422);
      await register(page, "/patient", "Rita", "Lopes");
      // The family doctor of the demo keeps the evenings for urgent visits.
      await openDoctor(page);
      const urgent = page.locator("#urgent");
      await expect(urgent).toContainText("call your emergency number");
      await fits(page);
      const show = urgent.getByRole("link", { name: /urgent times/ });
      // Shortly before midnight there is none.
      test.skip((await show.count()) === 0, "no urgent times are left today");
      await show.click();
      await chooseLast(urgent);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Book this urgent visit");
      await expect(page.getByText("call your emergency number").first()).toBeVisible();
      await fits(page);
      const kind = page.getByRole("radio").first();
      await kind.check({ force: true });
      await page.getByRole("button", { name: "Book this visit" }).click();
      await expect(page.getByLabel("What is it about?")).toHaveAttribute("aria-invalid", "true");
      await page.getByLabel("What is it about?").fill("Fever since last night");
      await page.getByRole("button", { name: "Book this visit" }).click();
      await expect(page).toHaveURL(/visits/);
      await expect(page.locator("article header")).toContainText("Urgent");
      const visit = new URL(page.url()).pathname;

      // One at a time, where there still is another time today.
      await openDoctor(page);
      if ((await show.count()) > 0) {
        await show.click();
        await chooseLast(urgent);
        await page.getByRole("radio").first().check({ force: true });
        await page.getByLabel("What is it about?").fill("Fever");
        await page.getByRole("button", { name: "Book this visit" }).click();
        await expect(page.getByText("There is an urgent visit already").first()).toBeVisible();
        await fits(page);
        await page.getByRole("link", { name: "Look at the urgent visit" }).click();
        expect(new URL(page.url()).pathname).toBe(visit);
      }

      await page.context().clearCookies();
      await signIn(page, "doctor@demo.test");
      await page.goto(visit);
      await expect(page.locator("article header")).toContainText("Urgent");
      await page.getByRole("button", { name: "Not urgent after all" }).click();
      await expect(page.locator("article header")).not.toContainText("Urgent");
      await expect(page.getByRole("button", { name: "Mark as urgent" })).toBeVisible();
      await fits(page);
      // Others need the time today.
      await page.getByRole("link", { name: "Cancel this visit" }).click();
      await page.getByLabel("What you tell the patient").fill("Please see the practice next door.");
      await page.getByRole("button", { name: "Cancel this visit" }).click();
      await expect(page.locator("article header")).toContainText("Cancelled");
      // In two days none of them is given to everybody yet, whatever the hour is now.
      const day = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
      await page.goto(`/doctor/times?day=${day}`);
      await expect(page.getByText(/Kept for urgent visits/).first()).toBeVisible();
    });
  });
}
