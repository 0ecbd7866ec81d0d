import { expect, expectStatus, fits, openHours, signIn, test } from "./clinic";
import type { Page } from "@playwright/test";

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("a doctor sets booking rules and reads the holidays by name", async ({ page }) => {
      expectStatus(422);
      expectStatus(409);
      await signIn(page, "doctor2@demo.test");
      await page.goto("/doctor/hours");
      await page.getByRole("main").getByRole("link", { name: /Booking rules/ }).click();
      await fits(page);
      const kept = await rules(page);

      try {
        // Nothing could be booked: it is said at the field, and nothing is saved.
        await page.getByLabel("Notice before a visit").selectOption({ label: "3 days" });
        await page.getByLabel("How far ahead patients can book").fill("2");
        await page.getByRole("button", { name: "Save rules" }).click();
        await expect(page.getByLabel("How far ahead patients can book")).toHaveAttribute("aria-invalid", "true");
        await expect(page.getByText(/Nothing could be booked/).first()).toBeVisible();

        await page.getByLabel("Notice before a visit").selectOption({ label: "2 hours" });
        await page.getByLabel("How far ahead patients can book").fill("60");
        await page.getByLabel(/Most on one day/).fill("20");
        await page.getByLabel("On public holidays").selectOption({ label: "Closed on those of Ireland" });
        await save(page);
        await expect(page.getByLabel(/Most on one day/)).toHaveValue("20");

        await page.goto("/doctor/days");
        await expect(page.getByRole("listitem").filter({ hasText: "Christmas Day" }).first()).toBeVisible();
        await fits(page);
      } finally {
        await page.goto("/doctor/rules");
        await page.getByLabel("Notice before a visit").selectOption(kept.notice);
        await page.getByLabel("How far ahead patients can book").fill(kept.ahead);
        await page.getByLabel(/Most on one day/).fill("");
        await page.getByLabel("On public holidays").selectOption("");
        await save(page);
      }
    });

    test("hours of every second week need a first day", async ({ page }) => {
      expectStatus(422);
      expectStatus(409);
      await signIn(page, "doctor2@demo.test");
      await page.goto("/doctor/hours");
      const line = page.getByRole("group", { name: "New hours" }).first();
      await line.getByLabel("Day", { exact: true }).selectOption({ label: "Sunday" });
      await line.getByLabel("From", { exact: true }).fill("05:00");
      await line.getByLabel("To", { exact: true }).fill("06:00");
      await line.getByLabel("Video", { exact: true }).check({ force: true });
      await line.getByText("Only some weeks, only for a while").click();
      await line.getByLabel("How often").selectOption({ label: "Every 2 weeks" });
      await fits(page);
      await page.getByRole("button", { name: "Save hours" }).click();

      const first = page.getByLabel("First day").and(page.locator("[aria-invalid=true]"));
      await expect(first).toBeVisible();
      await first.fill("2027-01-04");
      await page.getByRole("button", { name: "Save hours" }).click();
      await expect(page.getByText(/^Saved\./)).toBeVisible();
      const kept = await openHours(page, "05:00");
      await expect(kept.getByLabel("How often")).toHaveValue("2");
      await expect(kept.getByLabel("First day")).toHaveValue("2027-01-04");

      await kept.getByLabel("Remove these hours").check({ force: true });
      await page.getByRole("button", { name: "Save hours" }).click();
      await expect(page.getByText(/^Saved\./)).toBeVisible();
    });
  });
}

async function rules(page: Page) {
  return {
    notice: await page.getByLabel("Notice before a visit").inputValue(),
    ahead: await page.getByLabel("How far ahead patients can book").inputValue(),
  };
}

/** Saves, and once more where visits are booked that lose their hours. */
async function save(page: Page) {
  await page.getByRole("button", { name: "Save rules" }).click();
  const keep = page.getByLabel(/Save all the same/);
  await expect(page.getByText(/^Saved\./).or(keep)).toBeVisible();
  if (await keep.isVisible()) {
    await keep.check({ force: true });
    await page.getByRole("button", { name: "Save rules" }).click();
    await expect(page.getByText(/^Saved\./)).toBeVisible();
  }
}
