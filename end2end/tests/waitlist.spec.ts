import { expect, expectStatus, fits, giveBack, holder, register, signIn, test, wait, wishFor } from "./clinic";

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("who waits is offered the time that somebody else gives back", async ({ page, browser }) => {
      expectStatus(422);
      const other = await holder(browser);
      await register(page);
      await page.goto("/patient/waitlist");
      await expect(page.getByText("You are not waiting for a time")).toBeVisible();
      await wishFor(page, other.doctor, other.start);
      await page.getByRole("button", { name: "Wait for a time" }).click();
      await expect(page.getByRole("alert").first()).toContainText("Enter the reason for your visit");
      await fits(page);
      await wait(page);
      await fits(page);

      await giveBack(other.page);
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
  await expect(page.getByText("Accepted").first()).toBeVisible();
  await fits(page);
  const answer = await page.goto("/offers/not-a-token");
  expect(answer?.status()).toBe(404);
});

test("a patient of the demo waits, and may leave", async ({ page }) => {
  await signIn(page, "patient@demo.test");
  await page.goto("/patient/waitlist");
  await expect(page.getByRole("heading", { name: "Dermatology, any doctor" })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Leave the list/ })).toHaveCount(2);
  await fits(page);
});
