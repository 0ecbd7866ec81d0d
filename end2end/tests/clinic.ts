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

/** Opens a doctor with free times soon, found by search. */
export async function openDoctor(page: Page, search = "visit=video&language=en&accepting=true") {
  await page.goto(`/doctors?${search}`);
  await page.locator(".doctor-card h2 a").first().click();
  await expect(page.locator("h1")).toContainText("Dr ");
}

/** Unfolds the weekly hours that begin at `from`, on the doctor's page of them. */
export async function openHours(page: Page, from: string) {
  const block = page.locator("details.hours-block", { has: page.locator(`input[name^="starts_"][value="${from}"]`) });
  await block.locator("> summary").click();
  return block;
}

/** Nothing reaches out of the side of the screen. */
export async function fits(page: Page) {
  const [content, screen] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect(content, page.url()).toBeLessThanOrEqual(screen);
}
