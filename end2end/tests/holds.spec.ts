import { type Browser, type Page } from "@playwright/test";
import { expect, expectStatus, fits, openDoctor, register, signIn, test } from "./clinic";

/** The page of the same doctor as somebody else sees it. */
async function other(browser: Browser, page: Page) {
  const context = await browser.newContext({ timezoneId: "Europe/Lisbon", javaScriptEnabled: false });
  const theirs = await context.newPage();
  await theirs.goto(page.url());
  return theirs;
}

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("a chosen time is kept while the form is filled in, and moves with the choice", async ({ page, browser }) => {
      await register(page);
      await openDoctor(page);
      await page.getByRole("link", { name: "Later week" }).click();
      const theirs = await other(browser, page);
      const [first, second] = await page
        .locator(".time")
        .evaluateAll((times) => times.slice(0, 2).map((time) => time.getAttribute("data-start")));
      const seen = (start: string | null) => theirs.locator(`[data-start="${start}"]`);
      await expect(seen(first)).toHaveCount(1);

      await page.locator(`[data-start="${first}"]`).click();
      await expect(page.getByText("This time is kept for you")).toBeVisible();
      await fits(page);
      await theirs.reload();
      await expect(seen(first)).toHaveCount(0);

      await page.getByRole("link", { name: "Choose another time" }).click();
      await page.getByRole("link", { name: "Later week" }).click();
      await page.locator(`[data-start="${second}"]`).click();
      await expect(page.getByText("This time is kept for you")).toBeVisible();
      await theirs.reload();
      await expect(seen(first)).toHaveCount(1);
      await expect(seen(second)).toHaveCount(0);

      await page.getByRole("radio").first().check({ force: true });
      await page.getByLabel("What is it about?").fill("Cough");
      await page.getByRole("button", { name: "Book this visit" }).click();
      await expect(page.getByText("Your visit is booked")).toBeVisible();
      await theirs.context().close();
    });

    test("a doctor says on what terms visits are agreed, and what cannot be is named", async ({ page }) => {
      expectStatus(422);
      await signIn(page, "doctor2@demo.test");
      await page.goto("/doctor/terms");
      const late = page.getByLabel("Later it costs");
      const before = await late.inputValue();
      await late.fill("101");
      await page.getByRole("button", { name: "Save terms" }).click();
      await expect(page.getByRole("alert").first()).toContainText("from 0 to 100");
      await expect(late).toHaveValue("101");
      await late.fill(before);
      await page.getByRole("button", { name: "Save terms" }).click();
      await expect(page.getByText("Saved.")).toBeVisible();
      await expect(late).toHaveValue(before);
      await fits(page);
    });

    test("a doctor confirms a visit, then cancels it, and the patient reads why", async ({ page, browser }) => {
      const context = await browser.newContext({ timezoneId: "Europe/Lisbon", javaScriptEnabled: scripts });
      const patient = await context.newPage();
      await register(patient);
      await signIn(page, "doctor@demo.test");
      await patient.goto(await ownPage(page));
      await patient.getByRole("link", { name: "Later week" }).click();
      await patient.locator(".time").last().click();
      await patient.getByRole("radio").first().check({ force: true });
      await patient.getByLabel("What is it about?").fill("Cough");
      await patient.getByRole("button", { name: "Book this visit" }).click();
      await expect(patient.getByText("Your visit is booked")).toBeVisible();
      const visit = new URL(patient.url()).pathname;

      await page.goto(visit);
      await page.getByRole("button", { name: "Confirm" }).click();
      await expect(page.locator("h1 + .badge")).toHaveText("Confirmed");
      await page.getByRole("link", { name: "Cancel this visit" }).click();
      await page.getByLabel("What you tell the patient").fill("I am away that day. Please choose another time.");
      await fits(page);
      await page.getByRole("button", { name: "Cancel this visit" }).click();
      await expect(page.getByText("The visit is cancelled.")).toBeVisible();

      await patient.goto(visit);
      await expect(patient.getByText("I am away that day.")).toBeVisible();
      await expect(patient.getByText("Nothing to pay")).toBeVisible();
      await context.close();
    });
  });
}

/** Where patients see the doctor who is signed in. */
async function ownPage(page: Page) {
  await page.goto("/doctor");
  const link = await page.getByRole("link", { name: "My public page" }).getAttribute("href");
  return link ?? "";
}

test("the time that is left is counted down without taking the focus, and let go on leaving", async ({ page, browser }) => {
  await register(page);
  await openDoctor(page);
  await page.getByRole("link", { name: "Later week" }).click();
  const theirs = await other(browser, page);
  const time = page.locator(".time").first();
  const start = await time.getAttribute("data-start");
  await time.click();
  const timer = page.getByRole("timer");
  await expect(timer).toHaveText(/9:5\d|10:00/);
  const reason = page.getByLabel("What is it about?");
  await reason.fill("Cough");
  const before = await timer.textContent();
  await expect(timer).not.toHaveText(before ?? "");
  await expect(reason).toBeFocused();

  await page.goto("/patient");
  await expect(async () => {
    await theirs.reload();
    await expect(theirs.locator(`[data-start="${start}"]`)).toHaveCount(1);
  }).toPass();
  await theirs.context().close();
});

test("a time that is let go again is free again on an open page", async ({ page, browser }) => {
  await openDoctor(page);
  await page.getByRole("link", { name: "Later week" }).click();
  const listening = page.waitForRequest(/\/live\/doctors\//);
  await page.reload();
  await listening;
  const time = page.locator(".time").first();
  const start = await time.getAttribute("data-start");

  const context = await browser.newContext({ timezoneId: "Europe/Lisbon" });
  const theirs = await context.newPage();
  await register(theirs);
  await theirs.goto(`${new URL(page.url()).pathname}/book?start=${start}`);
  await expect(theirs.getByText("This time is kept for you")).toBeVisible();
  await expect(time).toHaveAttribute("data-state", "taken");
  await theirs.goto("/patient");
  await expect(time).not.toHaveAttribute("data-state", "taken");
  await expect(time).toHaveAttribute("href", /book/);
  await context.close();
});
