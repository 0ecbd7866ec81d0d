import { expect, expectStatus, fits, signIn, test } from "./clinic";

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("an admin makes a role, gives it, reads of it in the trail and takes it away", async ({ page }) => {
      expectStatus(409);
      expectStatus(422);
      const name = `front desk ${scripts ? "one" : "two"}`;
      await signIn(page, "admin@demo.test");
      await page.goto("/admin/roles/new");
      await page.getByRole("button", { name: "Save" }).click();
      await expect(page.getByLabel("Name")).toHaveAttribute("aria-invalid", "true");
      await fits(page);
      await page.getByLabel("Name").fill(name);
      await page.getByLabel("What it is for").fill("Looks up who did what.");
      await page.getByLabel("Read the audit trail").check({ force: true });
      await page.getByRole("button", { name: "Save" }).click();
      await expect(page.getByText("Saved.")).toBeVisible();
      await page.goto("/admin/roles");
      await expect(page.getByRole("row", { name: new RegExp(name) })).toContainText("Read the audit trail");
      await fits(page);

      await page.goto("/admin/people");
      await page.getByLabel("Name or email").fill("pa");
      await page.getByRole("button", { name: "Search" }).click();
      await expect(page.getByText("at least three letters").first()).toBeVisible();
      await page.getByLabel("Name or email").fill("patient2@demo");
      await page.getByRole("button", { name: "Search" }).click();
      await expect(page.getByText("1 person")).toBeVisible();
      await fits(page);
      await page.getByRole("rowheader").getByRole("link").click();
      await page.getByLabel("Give a role").selectOption(name);
      await page.getByRole("button", { name: "Give" }).click();
      await expect(page.getByText("It counts from the next thing they do.")).toBeVisible();
      await expect(page.getByRole("row", { name: new RegExp(name) })).toContainText("Helena Nogueira");
      await fits(page);

      await page.getByRole("link", { name: "What was done to their record" }).click();
      await expect(page.getByRole("row", { name: /Gave the account a role/ }).first()).toBeVisible();
      await fits(page);
      await page.goBack();
      await page.getByRole("button", { name: `Take away the role ${name}` }).click();
      await expect(page.getByRole("button", { name: `Take away the role ${name}` })).toHaveCount(0);

      // Nobody would be left who runs roles.
      await page.goto("/admin/people?q=admin@demo.test");
      await page.getByRole("rowheader").getByRole("link").click();
      await page.getByRole("button", { name: "Take away the role admin" }).click();
      await expect(page.getByText("Nobody would be left who can run roles").first()).toBeVisible();
      await fits(page);
    });
  });
}
