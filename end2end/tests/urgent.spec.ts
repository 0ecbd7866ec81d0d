import { expect, expectStatus, fits, register, signIn, test } from "./clinic";

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("who cannot wait is seen today, and the doctor knows", async ({ page }) => {
      test.setTimeout(60_000);
      expectStatus(409);
      expectStatus(422);
      await register(page);
      // The family doctor of the demo keeps the evenings for urgent visits.
      await page.goto("/doctors?q=Carvalho&language=pt");
      await page.locator(".doctor-card h2 a", { hasText: "Inês Carvalho" }).first().click();
      const urgent = page.locator("#urgent");
      await expect(urgent).toContainText("call your emergency number");
      await fits(page);
      const show = urgent.getByRole("link", { name: /urgent times/ });
      // Shortly before midnight there is none.
      test.skip((await show.count()) === 0, "no urgent times are left today");
      await show.click();
      const times = urgent.locator(".time-list a");
      await times.first().click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Book this urgent visit");
      await expect(page.getByText("call your emergency number").first()).toBeVisible();
      await fits(page);
      const kind = page.getByRole("radio").first();
      await kind.check({ force: true });
      await page.getByRole("button", { name: "Book this visit" }).click();
      await expect(page.getByLabel("What is it about?")).toHaveAttribute("aria-invalid", "true");
      await page.getByLabel("What is it about?").fill("Fever since last night");
      await page.getByRole("button", { name: "Book this visit" }).click();
      await expect(page).toHaveURL(/visits/);
      await expect(page.locator("article header")).toContainText("Urgent");
      const visit = new URL(page.url()).pathname;

      // One at a time.
      await page.goto("/doctors?q=Carvalho&language=pt");
      await page.locator(".doctor-card h2 a", { hasText: "Inês Carvalho" }).first().click();
      await urgent.getByRole("link", { name: /urgent times/ }).click();
      await page.locator("#urgent .time-list a").first().click();
      await page.getByRole("radio").first().check({ force: true });
      await page.getByLabel("What is it about?").fill("Fever");
      await page.getByRole("button", { name: "Book this visit" }).click();
      await expect(page.getByText("There is an urgent visit already").first()).toBeVisible();
      await fits(page);

      await page.context().clearCookies();
      await signIn(page, "doctor@demo.test");
      await page.goto(visit);
      await expect(page.locator("article header")).toContainText("Urgent");
      await page.getByRole("button", { name: "Not urgent after all" }).click();
      await expect(page.locator("article header")).not.toContainText("Urgent");
      await expect(page.getByRole("button", { name: "Mark as urgent" })).toBeVisible();
      await fits(page);
      await page.goto("/doctor/times");
      await expect(page.getByText(/Kept for urgent visits/).first()).toBeVisible();
    });
  });
}
