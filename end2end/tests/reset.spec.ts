import { expect, expectStatus, inspect, mailTo, register, signIn, test } from "./clinic";

const OLD = "seven green lamps dancing";
const NEW = "eight tall ladders resting";

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("a forgotten password is replaced by mail, and every browser is signed out", async ({ page, browser }) => {
      test.setTimeout(90_000);
      expectStatus(422);
      expectStatus(409);
      const email = await register(page);
      const context = await browser.newContext({ javaScriptEnabled: scripts });
      const other = await context.newPage();
      await other.goto("/login");
      await inspect(other, { scripts });
      await other.getByRole("link", { name: "Forgot your password?" }).click();
      await other.getByLabel("Email").fill("nonsense");
      await other.getByRole("button", { name: "Send the link" }).click();
      await expect(other.getByRole("alert")).toContainText("Enter an email address");
      await inspect(other, { scripts });
      await other.getByLabel("Email").fill(email);
      await other.getByRole("button", { name: "Send the link" }).click();
      await expect(other.getByText("If the address you gave has an account")).toBeVisible();
      await inspect(other, { scripts });

      const mail = await mailTo(other, email, /Choose a new password/);
      const link = new URL(/\/reset\?token=[\w-]+/.exec(mail)![0], page.url()).href;
      await other.goto(link);
      await inspect(other, { scripts });
      await other.getByLabel("New password").fill(OLD);
      await other.getByRole("button", { name: "Change password" }).click();
      await expect(other.getByRole("alert")).toContainText("another password than the one you had");
      await inspect(other, { scripts });
      await other.getByLabel("New password").fill(NEW);
      await other.getByRole("button", { name: "Change password" }).click();
      await expect(other).toHaveURL(/\/login\?changed=1$/);
      await expect(other.getByText("Your password is changed")).toBeVisible();
      await inspect(other, { scripts });

      await page.goto("/patient");
      await expect(page).toHaveURL(/\/login\?next=/);
      await other.getByLabel("Email").fill(email);
      await other.getByLabel("Password", { exact: true }).fill(OLD);
      await other.getByRole("main").getByRole("button", { name: "Sign in" }).click();
      await expect(other.getByRole("alert")).toContainText("do not match");
      await signIn(other, email, NEW);
      await expect(other).toHaveURL(/\/patient$/);

      await page.goto(link);
      await expect(page.locator("h1")).toHaveText("This link works no longer");
      await inspect(page, { scripts });
      await page.getByRole("link", { name: "Ask for a new link" }).click();
      await expect(page.locator("h1")).toHaveText("Forgot your password?");
      expect(await mailTo(page, email, /password was changed/)).toContain("If it was not you");
      await context.close();
    });
  });
}
