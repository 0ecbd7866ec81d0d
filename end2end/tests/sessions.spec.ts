import { expect, expectStatus, fits, mailTo, register, signIn, test } from "./clinic";

for (const scripts of [true, false]) {
  test.describe(scripts ? "with scripts" : "without scripts", () => {
    test.use({ javaScriptEnabled: scripts });

    test("a sign-in from elsewhere is told, seen and ended", async ({ page, browser }) => {
      const email = await register(page);
      const context = await browser.newContext({ javaScriptEnabled: scripts });
      const elsewhere = await context.newPage();
      // Of the first sign-in nobody is told; the cookie of the second browser is gone with its context.
      for (const visit of [1, 2]) {
        await context.clearCookies();
        await elsewhere.goto("/login");
        await elsewhere.getByLabel("Email").fill(email);
        await elsewhere.getByLabel("Password", { exact: true }).fill("seven green lamps dancing");
        await elsewhere.getByRole("main").getByRole("button", { name: "Sign in" }).click();
        await expect(elsewhere, `visit ${visit}`).toHaveURL(/\/patient$/);
      }
      expect(await mailTo(page, email, /New sign-in/)).toContain("Device: Chrome on Linux");

      await page.goto("/account/sessions");
      await expect(page.getByRole("listitem").filter({ hasText: "This browser" })).toHaveCount(1);
      await page.getByRole("button", { name: "Sign out everywhere else" }).click();
      await expect(page.getByText("Signed out everywhere else.")).toBeVisible();
      await expect(page.getByRole("button", { name: "Sign out everywhere else" })).toHaveCount(0);

      await elsewhere.goto("/account/profile");
      await expect(elsewhere).toHaveURL(/\/login\?next=\/account\/profile&ended=1$/);
      await expect(elsewhere.getByText("Please sign in to go on.")).toBeVisible();
      await context.close();
    });

    test("a new password keeps its owner signed in and nobody else", async ({ page, browser }) => {
      expectStatus(422);
      const email = await register(page);
      const context = await browser.newContext({ javaScriptEnabled: scripts });
      const elsewhere = await context.newPage();
      await signIn(elsewhere, email, "seven green lamps dancing");
      await page.goto("/account/security");
      await page.getByRole("link", { name: "Change your password" }).click();
      await page.getByLabel("The password you have now").fill("seven green lamps");
      await page.getByLabel("New password").fill("short");
      await page.getByRole("button", { name: "Change password" }).click();
      await expect(page.getByRole("alert")).toContainText("Use at least 12 characters");
      await fits(page);
      await page.getByLabel("The password you have now").fill("seven green lamps dancing");
      await page.getByLabel("New password").fill("eight tall ladders resting");
      await page.getByRole("button", { name: "Change password" }).click();
      await expect(page.getByText("Your password is changed.")).toBeVisible();
      await fits(page);
      await elsewhere.goto("/account/profile");
      await expect(elsewhere).toHaveURL(/\/login\?next=/);
      expect(await mailTo(page, email, /password was changed/)).toContain("all your other devices");
      await context.close();
    });

    test("an admin blocks an account and opens it again", async ({ page, browser }) => {
      expectStatus(409);
      const email = await register(page);
      const context = await browser.newContext({ javaScriptEnabled: scripts });
      const admin = await context.newPage();
      await signIn(admin, "admin@demo.test");
      await admin.goto(`/admin/people?q=${email}`);
      await admin.getByRole("rowheader").getByRole("link").click();
      await fits(admin);
      await admin.getByRole("button", { name: "Block the account" }).click();
      await expect(admin.getByText("The account is blocked")).toBeVisible();
      await fits(admin);
      await page.goto("/account/profile");
      await expect(page).toHaveURL(/\/login\?next=/);
      expect(await mailTo(page, email, /account is blocked/)).toContain("call or write to the clinic");
      await admin.getByRole("button", { name: "Open it again" }).click();
      await expect(admin.getByRole("button", { name: "Block the account" })).toBeVisible();
      expect(await mailTo(page, email, /account is open again/)).toContain("choose a new one");
      await context.close();
    });
  });
}

test("who is idle is asked whether they are still there, and is then signed out", async ({ page }) => {
  await page.clock.install();
  await signIn(page, "doctor@demo.test");
  const other = await page.context().newPage();
  await other.goto("/doctor");
  const question = page.getByRole("dialog", { name: "Are you still there?" });
  const kept = () => page.waitForResponse((answer) => answer.url().endsWith("/session") && answer.ok());

  // Somebody who types is not asked: the server hears of them.
  await page.clock.fastForward("12:50");
  await page.keyboard.press("Tab");
  let answered = kept();
  await page.clock.runFor(6_000);
  await answered;
  await page.clock.fastForward("12:50");
  await expect(question).toBeHidden();
  await page.clock.fastForward("00:20");
  await expect(question).toBeVisible();
  await fits(page);

  answered = kept();
  await expect(question.getByRole("button", { name: "Stay signed in" })).toBeFocused();
  await page.keyboard.press("Enter");
  await answered;
  await expect(question).toBeHidden();

  // What is done in another tab counts here, too.
  await page.clock.fastForward("13:10");
  await expect(question).toBeVisible();
  await other.reload();
  await expect(question).toBeHidden();

  await page.clock.fastForward("13:10");
  await expect(question).toBeVisible();
  // The clock of the server has not moved: there the session ends by hand.
  await page.context().clearCookies();
  await page.clock.fastForward("02:00");
  await expect(page).toHaveURL(/\/login\?ended=1&next=%2Fdoctor$/);
  await expect(page.getByText("Please sign in to go on.")).toBeVisible();
});
