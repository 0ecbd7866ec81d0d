import { expect, mailTo, register, test } from "./clinic";

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
  });
}
