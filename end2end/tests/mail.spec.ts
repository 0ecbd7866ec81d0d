import { type Page } from "@playwright/test";
import { bookLater, expect, expectStatus, fits, giveBack, holder, openDoctor, register, test, wait, wishFor } from "./clinic";

/** Opens the mail to `email` whose subject has `words`, as soon as it is there. */
async function openMail(page: Page, email: string, words: RegExp) {
  await expect(async () => {
    await page.goto(`/dev/mail?to=${email}`);
    await expect(page.getByRole("link", { name: words })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await fits(page);
  await page.getByRole("link", { name: words }).click();
}

test.describe("with scripts off", () => {
  test.use({ javaScriptEnabled: false });

  test("a visit that is booked and cancelled is in the mailbox, and in its files", async ({ page }) => {
    const email = await register(page, "/patient", "Rui", "Tavares");
    await bookLater(page);
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
    const other = await holder(browser);
    const email = await register(page, "/patient", "Rui", "Tavares");
    await wishFor(page, other.doctor, other.start);
    await wait(page);
    await giveBack(other.page);

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

test("a series is one mail that lists its visits, with a file for each", async ({ page }) => {
  const email = await register(page);
  await openDoctor(page);
  await page.getByRole("link", { name: "Later week" }).click();
  await page.locator(".time").first().click();
  await page.getByRole("radio").first().check({ force: true });
  await page.getByLabel("What is it about?").fill("Cough");
  await page.getByText("Repeat this visit").click();
  await page.getByLabel("How often").selectOption({ label: "Every week" });
  await page.getByLabel("Visits in all").fill("3");
  await page.getByRole("button", { name: /this visit$/ }).click();
  await page.getByRole("button", { name: /visits$/ }).click();
  await expect(page.getByText(/3 visits/)).toBeVisible();

  await openMail(page, email, /^3 visits with Dr Inês Carvalho are booked: the first on /);
  await fits(page);
  await expect(page.locator(".typed a", { hasText: "/visits/" })).toHaveCount(3);
  await expect(page.getByText("Cough")).toHaveCount(0);
  const files = page.getByRole("link", { name: /^visit-\d\.ics$/ });
  await expect(files).toHaveCount(3);
  const uids = new Set<string>();
  for (const file of await files.all()) {
    const text = await (await page.request.get((await file.getAttribute("href")) ?? "")).text();
    expect(text).toContain("METHOD:REQUEST\r\n");
    uids.add(text.match(/UID:(.*)\r\n/)?.[1] ?? "");
  }
  expect(uids.size).toBe(3);
  await page.goto(`/dev/mail?to=${email}`);
  await expect(page.locator("main tbody tr", { hasText: "visit" })).toHaveCount(1);
});

test("a mailbox with nothing in it says so, and a mail that is not there is not found", async ({ page }) => {
  expectStatus(404);
  await page.goto("/dev/mail?to=nobody@example.org");
  await expect(page.getByText("No mail here yet")).toBeVisible();
  await fits(page);
  const answer = await page.goto("/dev/mail/0199aaaa-0000-7000-8000-000000000000");
  expect(answer?.status()).toBe(404);
});
