import { expect, inspect, makeAccount, openDoctor, test } from "./clinic";

/** Somebody new, with a visit of their own. */
async function bookVisit(page: import("@playwright/test").Page) {
  await openDoctor(page);
  // A time of today may pass while somebody registers, or be too late to get all money back.
  await page.getByRole("link", { name: "Later week" }).click();
  await page.locator(".time").first().click();
  await page.getByRole("link", { name: "Create an account" }).click();
  await makeAccount(page, "Pia", "Payer");
  await page.getByText("Video", { exact: true }).click();
  await page.getByLabel("What is it about?").fill("A cough");
  await page.getByRole("button", { name: "Book this visit" }).click();
  await expect(page.getByText("Your visit is booked")).toBeVisible();
}

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("a visit is paid after a card was declined, and the money goes back with it", async ({ page }, info) => {
      await bookVisit(page);
      const fee = page.locator("dl.facts");
      await expect(fee).toContainText("to be paid");

      await page.getByRole("button", { name: /^Pay / }).click();
      await expect(page.locator("h1")).toHaveText("Demo payment");
      await inspect(page, { scripts });
      await page.screenshot({ path: info.outputPath("pay.png"), fullPage: true });
      await page.getByRole("button", { name: "A card that is declined" }).click();
      await expect(page.getByText("nothing was taken")).toBeVisible();

      await page.getByRole("button", { name: /^Pay / }).click();
      await page.getByRole("button", { name: "A card that works", exact: true }).click();
      await expect(page.getByText("Your payment has arrived")).toBeVisible();
      await expect(fee).toContainText(", paid");
      await expect(page.getByRole("button", { name: /^Pay / })).toHaveCount(0);
      await page.screenshot({ path: info.outputPath("paid.png"), fullPage: true });

      await page.goto(`${page.url().split("?")[0]}/cancel`);
      await expect(page.getByText(/You get .* back/)).toBeVisible();
      await page.getByRole("button", { name: "Cancel this visit" }).click();
      await expect(fee).toContainText("back");
    });

    test("who never finds the way back has paid, and sees it", async ({ page }) => {
      await bookVisit(page);
      const visit = page.url().split("?")[0];
      await page.getByRole("button", { name: /^Pay / }).click();
      await page.getByRole("button", { name: "A card that works, and no way back" }).click();
      await expect(page.getByText("This payment has ended")).toBeVisible();
      await page.goto(visit);
      await page.getByRole("button", { name: /^Pay / }).click();
      await expect(page.getByText("This payment has ended")).toBeVisible();
      await page.getByRole("link", { name: "Back to the clinic" }).click();
      await expect(page.getByText("Your payment has arrived")).toBeVisible();
    });
  });
}
