import { type Browser, type Page } from "@playwright/test";
import { expect, expectStatus, fits, openDoctor, register, test } from "./clinic";

/** Books the first time of a later week: the doctor's page, and when the visit starts. */
async function book(page: Page) {
  await openDoctor(page);
  const doctor = new URL(page.url()).pathname;
  await page.getByRole("link", { name: "Later week" }).click();
  const time = page.locator(".time").first();
  const start = new Date((await time.getAttribute("data-start")) ?? "");
  await time.click();
  await page.getByRole("radio").first().check({ force: true });
  await page.getByLabel("What is it about?").fill("Cough");
  await page.getByRole("button", { name: "Book this visit" }).click();
  await expect(page.getByText("Your visit is booked")).toBeVisible();
  return { doctor, start };
}

/** Opens the mail to `email` whose subject has `words`, as soon as it is there. */
async function openMail(page: Page, email: string, words: RegExp) {
  await expect(async () => {
    await page.goto(`/dev/mail?to=${email}`);
    await expect(page.getByRole("link", { name: words })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await fits(page);
  await page.getByRole("link", { name: words }).click();
}

/** Somebody who has booked, with scripts off. */
async function holder(browser: Browser) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await register(page, "/patient", "Rui", "Tavares");
  return { page, ...(await book(page)) };
}

test.describe("with scripts off", () => {
  test.use({ javaScriptEnabled: false });

  test("a visit that is booked and cancelled is in the mailbox, and in its files", async ({ page }) => {
    test.setTimeout(60_000);
    const email = await register(page, "/patient", "Rui", "Tavares");
    await book(page);
    const visit = page.url();
    await openMail(page, email, /is booked/);
    await expect(page.getByText("Dear Rui Tavares,")).toBeVisible();
    await expect(page.getByText("Cough")).toHaveCount(0);
    await fits(page);
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "visit.ics" }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe("visit.ics");
    const answer = await page.request.get(file.url());
    expect(answer.headers()["content-type"]).toContain("text/calendar");
    expect(await answer.text()).toContain("METHOD:REQUEST\r\n");

    await page.goto(visit);
    await page.getByRole("link", { name: "Cancel visit" }).click();
    await page.getByRole("button", { name: "Cancel this visit" }).click();
    await openMail(page, email, /is cancelled/);
    const cancelled = await page.getByRole("link", { name: "visit.ics" }).getAttribute("href");
    expect(await (await page.request.get(cancelled ?? "")).text()).toContain("METHOD:CANCEL\r\n");
  });

  test("an offer is accepted from the mail, without signing in", async ({ page, browser }) => {
    test.setTimeout(90_000);
    const other = await holder(browser);
    const email = await register(page, "/patient", "Rui", "Tavares");
    await page.goto("/account/profile");
    await page.getByLabel("Time zone").fill("UTC");
    await page.getByRole("button", { name: "Save" }).click();
    await page.goto(other.doctor);
    await page.getByRole("link", { name: "Wait for one" }).click();
    for (const day of ["Sat", "Sun"]) await page.getByRole("checkbox", { name: day }).check({ force: true });
    const day = other.start.toISOString().slice(0, 10);
    const minute = (offset: number) => new Date(other.start.getTime() + offset * 60_000).toISOString().slice(11, 16);
    await page.getByLabel("First day").fill(day);
    await page.getByLabel("Last day").fill(day);
    await page.getByLabel("Not before").fill(minute(0));
    await page.getByLabel("Not after").fill(minute(1));
    await page.getByLabel("What is it about?").fill("A cough that stays");
    await page.getByRole("button", { name: "Wait for a time" }).click();
    await expect(page.getByText("You are on the list")).toBeVisible();
    await other.page.getByRole("link", { name: "Cancel visit" }).click();
    await other.page.getByRole("button", { name: "Cancel this visit" }).click();
    await other.page.context().close();

    const stranger = await browser.newContext({ javaScriptEnabled: false });
    const mailbox = await stranger.newPage();
    await openMail(mailbox, email, /A time is free/);
    await mailbox.getByRole("link", { name: /\/offers\// }).click();
    await mailbox.getByRole("button", { name: "Accept" }).click();
    await expect(mailbox.getByText(/You have accepted/)).toBeVisible();
    await stranger.close();
    await page.goto("/patient/waitlist");
    await expect(page.getByText("Booked", { exact: true })).toBeVisible();
  });
});

test("a mailbox with nothing in it says so, and a mail that is not there is not found", async ({ page }) => {
  expectStatus(404);
  await page.goto("/dev/mail?to=nobody@example.org");
  await expect(page.getByText("No mail here yet")).toBeVisible();
  await fits(page);
  const answer = await page.goto("/dev/mail/0199aaaa-0000-7000-8000-000000000000");
  expect(answer?.status()).toBe(404);
});
