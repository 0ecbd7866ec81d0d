import { type Page } from "@playwright/test";
import { codeFor, expect, expectStatus, freshEmail, inspect, mailTo, test } from "./clinic";

const SECRET = "seven green lamps dancing";

/** The form filled in and sent; leads to the page that waits for the code. */
async function ask(page: Page, email: string) {
  await page.goto("/register?next=/account/family");
  await page.getByLabel("First name").fill("Inês");
  await page.getByLabel("Last name").fill("Araújo");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(SECRET);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL(/\/verify$/);
  await expect(page.locator("h1")).toHaveText("Check your mail");
}

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("a code that is wrong is said at its field, and the right one leads on", async ({ page }) => {
      expectStatus(422);
      expectStatus(409);
      const email = freshEmail();
      await ask(page, email);
      await inspect(page, { scripts });
      await expect(page.getByText("e…@example.org")).toBeVisible();
      const code = await codeFor(page, email);
      const wrong = code === "000000" ? "000001" : "000000";
      await page.getByLabel("Code").fill(wrong);
      await page.getByRole("button", { name: "Confirm" }).click();
      await expect(page.getByRole("alert")).toContainText("not the newest code");
      await expect(page.getByLabel("Code")).toHaveValue(wrong);
      await inspect(page, { scripts });
      await page.getByRole("button", { name: "Send a new code" }).click();
      await expect(page.getByRole("alert")).toContainText("less than a minute ago");
      await page.getByLabel("Code").fill(`${code.slice(0, 3)} ${code.slice(3)}`);
      await page.getByRole("button", { name: "Confirm" }).click();
      await expect(page).toHaveURL(/\/account\/family$/);
      await page.goto("/verify");
      await expect(page.getByText("nothing to confirm")).toBeVisible();
    });

    test("a code that was tried too often says how to go on", async ({ page }) => {
      expectStatus(422);
      await ask(page, freshEmail());
      for (const code of ["12", "000000", "000001", "000002", "000003", "000004"]) {
        await page.getByLabel("Code").fill(code);
        await page.getByRole("button", { name: "Confirm" }).click();
      }
      await expect(page.getByText("This code works no longer").first()).toBeVisible();
      await expect(page.getByLabel("Code")).toHaveCount(0);
      await inspect(page, { scripts });
    });

    test("for an address that has an account all looks the same, and its owner is told", async ({ page }) => {
      await ask(page, "patient2@demo.test");
      await expect(page.getByText("p…@demo.test")).toBeVisible();
      expect(await mailTo(page, "patient2@demo.test", /already have an account/)).not.toContain("Code:");
    });

    test("the link in another browser asks for the password, and in this one does not", async ({ page, browser }) => {
      test.setTimeout(60_000);
      expectStatus(422);
      const email = freshEmail();
      await ask(page, email);
      const link = /\/verify\?token=[\w-]+/.exec(await mailTo(page, email, /Your code/))![0];
      await page.goto(link);
      await expect(page.locator("h1")).toHaveText("Confirm your address");
      await expect(page.getByLabel("Password", { exact: true })).toHaveCount(0);
      await inspect(page, { scripts });

      const context = await browser.newContext({ javaScriptEnabled: scripts });
      const other = await context.newPage();
      await other.goto(new URL(link, page.url()).href);
      await other.getByLabel("Password", { exact: true }).fill("eight green lamps dancing");
      await other.getByRole("button", { name: "Confirm" }).click();
      await expect(other.getByRole("alert")).toContainText("not the password you chose");
      await inspect(other, { scripts });
      await other.getByLabel("Password", { exact: true }).fill(SECRET);
      await other.getByRole("button", { name: "Confirm" }).click();
      await expect(other).toHaveURL(/\/patient$/);
      await context.close();

      await page.reload();
      await expect(page.locator("h1")).toHaveText("Your address is confirmed");
      await inspect(page, { scripts });
      await page.goto("/verify");
      await expect(page.getByText("No registration waits")).toBeVisible();
      await page.goto("/verify?token=nonsense");
      await expect(page.locator("h1")).toHaveText("This link works no longer");
      await inspect(page, { scripts });
    });
  });
}
