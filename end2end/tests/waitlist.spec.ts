import { type Browser } from "@playwright/test";
import { expect, expectStatus, fits, openDoctor, register, signIn, test } from "./clinic";

/** Somebody who has booked the first time of a later week: the page of the visit, and its start. */
async function holder(browser: Browser) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await register(page);
  await openDoctor(page);
  const doctor = new URL(page.url()).pathname;
  await page.getByRole("link", { name: "Later week" }).click();
  const time = page.locator(".time").first();
  const start = await time.getAttribute("data-start");
  await time.click();
  await page.getByRole("radio").first().check({ force: true });
  await page.getByLabel("What is it about?").fill("Cough");
  await page.getByRole("button", { name: "Book this visit" }).click();
  await expect(page.getByText("Your visit is booked")).toBeVisible();
  return { page, doctor, start: new Date(start ?? "") };
}

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("who waits is offered the time that somebody else gives back", async ({ page, browser }) => {
      test.setTimeout(60_000);
      expectStatus(422);
      const other = await holder(browser);
      await register(page);
      await page.goto("/account/profile");
      await page.getByLabel("Time zone").fill("UTC");
      await page.getByRole("button", { name: "Save" }).click();

      await page.goto("/patient/waitlist");
      await expect(page.getByText("You are not waiting for a time")).toBeVisible();
      await page.goto(other.doctor);
      await page.getByRole("link", { name: "Wait for one" }).click();
      for (const day of ["Sat", "Sun"]) await page.getByRole("checkbox", { name: day }).check({ force: true });
      const day = other.start.toISOString().slice(0, 10);
      const minute = (offset: number) => new Date(other.start.getTime() + offset * 60_000).toISOString().slice(11, 16);
      await page.getByLabel("First day").fill(day);
      await page.getByLabel("Last day").fill(day);
      await page.getByLabel("Not before").fill(minute(0));
      await page.getByLabel("Not after").fill(minute(1));
      await page.getByRole("button", { name: "Wait for a time" }).click();
      await expect(page.getByRole("alert").first()).toContainText("Enter the reason for your visit");
      await fits(page);
      await page.getByLabel("What is it about?").fill("A cough that stays");
      await page.getByRole("button", { name: "Wait for a time" }).click();
      await expect(page.getByText("You are on the list")).toBeVisible();
      await fits(page);

      await other.page.getByRole("link", { name: "Cancel visit" }).click();
      await other.page.getByRole("button", { name: "Cancel this visit" }).click();
      await other.page.context().close();
      await expect(async () => {
        await page.goto("/patient");
        await expect(page.getByText("A time you waited for is free")).toBeVisible({ timeout: 1_000 });
      }).toPass({ timeout: 30_000 });
      await page.getByRole("link", { name: "Look and answer" }).click();
      await expect(page.getByText("It is kept for you until")).toBeVisible();
      await fits(page);
      await page.getByRole("button", { name: "Accept" }).click();
      await expect(page.getByText(/Your visit is booked|You have asked/)).toBeVisible();
      await page.goto("/patient/waitlist");
      await expect(page.getByText("Booked", { exact: true })).toBeVisible();
    });
  });
}

test("a doctor sees who waits and what came of the offers, and an unknown link opens nothing", async ({ page }) => {
  expectStatus(404);
  await signIn(page, "doctor2@demo.test");
  await page.goto("/doctor/waitlist");
  await expect(page.getByText("Filled from the list:")).toBeVisible();
  await fits(page);
  const answer = await page.goto("/offers/not-a-token");
  expect(answer?.status()).toBe(404);
});
