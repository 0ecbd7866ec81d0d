import { test as base, expect, type Page } from "@playwright/test";

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

/** Opens a doctor with free times soon, found by search. */
export async function openDoctor(page: Page, search = "visit=video&language=en&accepting=true") {
  await page.goto(`/doctors?${search}`);
  await page.locator(".doctor-card h2 a").first().click();
  await expect(page.locator("h1")).toContainText("Dr ");
}

/** Nothing reaches out of the side of the screen. */
export async function fits(page: Page) {
  const [content, screen] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect(content, page.url()).toBeLessThanOrEqual(screen);
}
