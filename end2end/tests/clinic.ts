import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Browser, type Page } from "@playwright/test";

/** Fails a test when the browser complained: an error, a refused policy, a hydration mismatch. */
export const test = base.extend<{ quiet: void }>({
  quiet: [
    async ({ page }, use, info) => {
      const complaints: string[] = [];
      page.on("console", (message) => {
        const expected = info.annotations.filter((a) => a.type === "expected").map((a) => a.description ?? "");
        const loud = message.type() === "error" || message.type() === "warning";
        if (loud && !expected.some((text) => message.text().includes(text))) complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      await use();
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export const PASSWORD = "medconnect-demo-1";

/** The browser says so itself when a page answers with this status. */
export function expectStatus(status: number) {
  test.info().annotations.push({ type: "expected", description: `status of ${status}` });
}

export async function signIn(page: Page, email: string, password = PASSWORD) {
  await page.goto("/login");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expect(page).not.toHaveURL(/login/);
}

/** An address that nobody has used. */
export const freshEmail = () => `e2e-${Date.now()}-${Math.floor(Math.random() * 1e6)}@example.org`;

/** The text of the newest mail to `email` whose subject has `words`, as soon as it is there. */
export async function mailTo(page: Page, email: string, words: RegExp) {
  let text = "";
  await expect(async () => {
    const list = await (await page.request.get(`/dev/mail?to=${encodeURIComponent(email)}`)).text();
    const mails = [...list.matchAll(/href="(\/dev\/mail\/[0-9a-f-]+)"[^>]*>([^<]+)</g)];
    const mail = mails.find(([, , subject]) => words.test(subject!));
    expect(mail, `a mail to ${email}`).toBeTruthy();
    text = await (await page.request.get(mail![1]!)).text();
  }).toPass({ timeout: 15_000, intervals: [200] });
  return text;
}

/** The code that `email` was sent. */
export async function codeFor(page: Page, email: string) {
  return /Code: (\d{6})/.exec(await mailTo(page, email, /Your code/))?.[1] ?? "";
}

/** Fills in the registration that is open and proves the address; returns it. */
export async function makeAccount(page: Page, first = "Inês", last = "Araújo") {
  const email = freshEmail();
  await page.getByLabel("First name").fill(first);
  await page.getByLabel("Last name").fill(last);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill("seven green lamps dancing");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL(/\/verify$/);
  await page.getByLabel("Code").fill(await codeFor(page, email));
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page).not.toHaveURL(/\/verify/);
  return email;
}

/** Somebody new, signed in and on the page `next`; their address. */
export async function register(page: Page, next = "/patient", first = "Inês", last = "Araújo") {
  await page.goto(`/register?next=${next}`);
  const email = await makeAccount(page, first, last);
  await expect(page).toHaveURL(new RegExp(`${next}$`));
  return email;
}

/**
 * Opens the family doctor of the demo, found by search. She works every day and can be booked 60 days ahead,
 * so that no test hangs on who is free soonest at the hour it runs.
 */
export async function openDoctor(page: Page, search = "q=Carvalho&language=pt") {
  await page.goto(`/doctors?${search}`);
  await page.locator(".doctor-card h2 a", { hasText: "Inês Carvalho" }).first().click();
  await expect(page.locator("h1")).toContainText("Dr ");
}

/** Unfolds the weekly hours that begin at `from`, on the doctor's page of them. */
export async function openHours(page: Page, from: string) {
  const block = page.locator("details.hours-block", { has: page.locator(`input[name^="starts_"][value="${from}"]`) });
  await block.locator("> summary").click();
  return block;
}

/** Fills in what a visit is about, and books it. */
export async function fillAndBook(page: Page) {
  await page.getByRole("radio").first().check({ force: true });
  await page.getByLabel("What is it about?").fill("Cough");
  await page.getByRole("button", { name: "Book this visit" }).click();
  await expect(page.getByText("Your visit is booked")).toBeVisible();
}

/** Books the first time of a later week: the doctor's page, and when the visit starts. */
export async function bookLater(page: Page) {
  await openDoctor(page);
  const doctor = new URL(page.url()).pathname;
  await page.getByRole("link", { name: "Later week" }).click();
  const time = page.locator(".time").first();
  const start = new Date((await time.getAttribute("data-start")) ?? "");
  await time.click();
  await fillAndBook(page);
  return { doctor, start };
}

/** Somebody who has booked a time of a later week, with scripts off, in a browser of their own. */
export async function holder(browser: Browser) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await register(page);
  return { page, ...(await bookLater(page)) };
}

/** Gives the visit of a `holder` back. */
export async function giveBack(holder: Page) {
  await holder.getByRole("link", { name: "Cancel visit" }).click();
  await holder.getByRole("button", { name: "Cancel this visit" }).click();
  await expect(holder.getByText("Your visit is cancelled.")).toBeVisible();
  await holder.context().close();
}

/** Opens the form to wait with the doctor at `path` for the time that begins at `start`, and no other. */
export async function wishFor(page: Page, path: string, start: Date) {
  await page.goto("/account/profile");
  await page.getByLabel("Time zone").fill("UTC");
  await page.getByRole("button", { name: "Save" }).click();
  await page.goto(path);
  await page.getByRole("link", { name: "Wait for one" }).click();
  for (const day of ["Sat", "Sun"]) await page.getByRole("checkbox", { name: day }).check({ force: true });
  const day = start.toISOString().slice(0, 10);
  const minute = (offset: number) => new Date(start.getTime() + offset * 60_000).toISOString().slice(11, 16);
  await page.getByLabel("First day").fill(day);
  await page.getByLabel("Last day").fill(day);
  await page.getByLabel("Not before").fill(minute(0));
  await page.getByLabel("Not after").fill(minute(1));
}

/** Says why, and waits. */
export async function wait(page: Page) {
  await page.getByLabel("What is it about?").fill("A cough that stays");
  await page.getByRole("button", { name: "Wait for a time" }).click();
  await expect(page.getByText("You are on the list")).toBeVisible();
}

/** Nothing reaches out of the side of the screen. */
export async function fits(page: Page) {
  const [content, screen] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect(content, page.url()).toBeLessThanOrEqual(screen);
}

/** What WCAG 2.2 asks for, and what is good practice. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Nothing sticks out, and nobody is locked out of the page, or that part of it, as it stands; axe needs scripts. */
export async function inspect(page: Page, { scripts = true, part = "html" } = {}) {
  await fits(page);
  if (!scripts) return;
  // The gallery shows a whole page inside of a page, with landmarks of its own. As nothing else is in a frame, axe
  // needs no page of its own to look into them, which takes longer than all it does.
  const axe = new AxeBuilder({ page }).setLegacyMode().withTags(RULES).include(part).exclude(".gallery-frame");
  const { violations } = await axe.analyze();
  expect(violations.map(({ id, nodes }) => `${page.url()} ${id}: ${nodes.map(({ target }) => target).join(", ")}`)).toEqual([]);
}
