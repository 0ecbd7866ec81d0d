import { expect, fits, openDoctor, register, test } from "./clinic";
import type { Page } from "@playwright/test";

async function add(page: Page, name: string) {
  await page.getByLabel("First name").fill(name);
  await page.getByLabel("Last name").fill("Silva");
  await page.getByLabel("Date of birth").fill("2018-05-31");
  await page.getByText("Child", { exact: true }).click();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByRole("heading", { name: `${name} Silva` })).toBeVisible();
}

/** The form for the time at `index` of next week, filled in but for whom it is. */
async function chooseTime(page: Page, index: number) {
  await openDoctor(page);
  await page.getByRole("link", { name: "Later week" }).click();
  await page.locator(".week-days a").nth(index).click();
  await page.getByText("Video", { exact: true }).click();
  await page.getByLabel("What is it about?").fill("Vaccination");
}

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("a child is added, booked for and looked after", async ({ page }) => {
      await register(page, "/account/family", "Ana", "Silva");
      await add(page, "Mia");
      await fits(page);
      await chooseTime(page, scripts ? 0 : 6);
      await page.getByText("Mia Silva", { exact: true }).first().click();
      await fits(page);
      await page.getByRole("button", { name: /this visit$/ }).click();
      await expect(page).toHaveURL(/\/visits\/.*booked=1/);
      await expect(page.getByRole("definition").filter({ hasText: "Mia Silva" })).toBeVisible();
      await page.goto("/patient");
      await expect(page.getByText("For Mia Silva")).toBeVisible();
      await page.goto("/account/family");
      await page.getByRole("link", { name: "Change Mia Silva" }).click();
      await expect(page.getByLabel("Date of birth")).toHaveValue("2018-05-31");
      await fits(page);
    });

    test("visits come again, move together and are cancelled together", async ({ page }) => {
      await register(page, "/account/family", "Ana", "Silva");
      await chooseTime(page, scripts ? 12 : 18);
      await page.getByText("Repeat this visit").click();
      await page.getByLabel("How often").selectOption({ label: "Every 2 weeks" });
      await page.getByLabel("Visits in all").fill("3");
      await page.getByRole("button", { name: /this visit$/ }).click();
      await expect(page.getByRole("heading", { name: "Book these visits?" })).toBeVisible();
      await expect(page.getByRole("checkbox", { checked: true })).toHaveCount(3);
      await fits(page);
      await page.getByRole("button", { name: /visits$/ }).click();
      await expect(page.getByText(/3 visits/)).toBeVisible();
      await page.locator(".visit-card a").first().click();
      await expect(page.getByRole("heading", { name: "Visit 1 of 3 in a series" })).toBeVisible();
      await fits(page);
      const before = await page.locator("dl time").first().getAttribute("datetime");

      await page.getByRole("link", { name: "Choose another time" }).click();
      await page.getByRole("link", { name: "Later week" }).click();
      await page.locator(".time").nth(scripts ? 30 : 40).click();
      await page.getByRole("link", { name: "Move all visits of the series after it, too" }).click();
      await expect(page.getByRole("heading", { name: "Move this visit and all that follow?" })).toBeVisible();
      await fits(page);
      await page.getByRole("button", { name: /^Move \d visits?$/ }).click();
      await expect(page.getByText("has moved to its new time")).toBeVisible();
      await expect(page.getByRole("heading", { name: "Visit 1 of 3 in a series" })).toBeVisible();
      expect(await page.locator("dl time").first().getAttribute("datetime")).not.toBe(before);

      await page.getByRole("link", { name: "Cancel this visit and all that follow" }).click();
      await expect(page.getByText("Cancelling all of them costs nothing.")).toBeVisible();
      await fits(page);
      await page.getByRole("button", { name: "Cancel 3 visits" }).click();
      await expect(page.getByText("Your visit is cancelled.")).toBeVisible();
    });
  });
}
