import { expect, expectStatus, inspect, signIn, test } from "./clinic";

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("a doctor finds who needs them, sets a target, and the patient reads who set it", async ({ browser, page }) => {
      expectStatus(422);
      expectStatus(409);
      await signIn(page, "doctor@demo.test");
      await page.goto("/doctor/readings");
      await expect(page.locator("h1")).toHaveText("Readings of your patients");
      await inspect(page, { scripts });
      await page.getByRole("rowheader").getByRole("link").first().click();
      await expect(page.locator("h1")).toHaveText(/^Readings of /);
      await inspect(page, { scripts });
      const card = page.locator(".reading-card", { has: page.getByRole("link", { name: "Blood pressure" }) });
      await card.getByRole("link", { name: "Blood pressure" }).click();
      await expect(page.locator("h1")).toHaveText("Blood pressure");
      await inspect(page, { scripts });
      const here = page.url().split("?")[0]!;

      // The chart leads the doctor nearer, too, and stays with this patient.
      await page.getByRole("navigation", { name: "How long a time" }).getByRole("link", { name: "Quarter" }).click();
      await page.getByRole("link", { name: "Look at this week" }).click();
      await page.getByRole("link", { name: "Look at this day" }).click();
      expect(page.url().split("?")[0]).toBe(here);
      await expect(page.getByText("The same as a table, hour by hour")).toBeVisible();
      await expect(page.getByRole("link", { name: /^(Report|Download)/ })).toHaveCount(0);
      await inspect(page, { scripts });

      await page.getByRole("link", { name: "Set limits" }).click();
      await expect(page.locator("h1")).toHaveText(/^Limits of blood pressure for /);
      const target = page.getByRole("group", { name: "Target range" });
      await expect(target.getByText("Most adults: 134 mmHg")).toBeVisible();
      await target.getByLabel("Upper number: to").fill("80");
      await target.getByLabel("Lower number: to").fill("x");
      await page.getByRole("button", { name: "Set these limits" }).click();
      await expect(page.getByText("There is a problem")).toBeVisible();
      await expect(target.getByLabel("Lower number: to")).toHaveAttribute("aria-invalid", "true");
      await expect(target.getByLabel("Upper number: to")).toHaveValue("80");
      await inspect(page, { scripts });
      await target.getByLabel("Lower number: to").fill("");
      await page.getByRole("button", { name: "Set these limits" }).click();
      await expect(page.locator("#target_high-error")).toContainText("Enter more than 90");
      await target.getByLabel("Upper number: to").fill("124");
      await target.getByLabel("Lower number: to").fill("79");
      await page.getByRole("button", { name: "Set these limits" }).click();
      await expect(page.getByText("These limits are set.")).toBeVisible();
      await expect(page.getByText(/^Set for this patient by Dr /)).toBeVisible();
      await expect(page.getByText(/Target range: 90 to 124 over 60 to 79 mmHg \(set by Dr /)).toBeVisible();
      await inspect(page, { scripts });

      const patient = await (await browser.newContext({ javaScriptEnabled: scripts })).newPage();
      await signIn(patient, "patient@demo.test");
      await patient.goto("/patient/readings/blood_pressure");
      await expect(patient.getByText(/^Set for you by Dr /)).toBeVisible();
      await expect(patient.locator(".stat-label", { hasText: "In the target range" })).toBeVisible();
      await expect(patient.getByText(/above the target range \(90 to 124 over 60 to 79 mmHg\)/)).toBeVisible();
      await inspect(patient, { scripts });

      // Two at once: the second has seen what is no more.
      const stale = await page.context().newPage();
      await stale.goto(`${here}/limits`);
      await page.goto(`${here}/limits`);
      await expect(page.getByLabel("Upper number: to").first()).toHaveValue("124");
      await page.getByRole("button", { name: "Go by most adults again" }).click();
      await expect(page.getByText("It goes by most adults again.")).toBeVisible();
      await inspect(page, { scripts });
      await stale.getByRole("button", { name: "Set these limits" }).click();
      await expect(stale.getByText("These limits were changed in the meantime.")).toBeVisible();

      await patient.reload();
      await expect(patient.getByText(/^Set for you by Dr /)).toHaveCount(0);
      await patient.goto("/account/access-log");
      await expect(patient.getByText("Set limits for readings").first()).toBeVisible();
      await patient.close();
    });

    test("a record leads to its readings, and to whom it is none of their business there is none", async ({ page }) => {
      expectStatus(404);
      await signIn(page, "doctor@demo.test");
      await page.goto("/doctor/readings");
      await page.getByRole("rowheader").getByRole("link").first().click();
      await page.getByRole("link", { name: "The record" }).click();
      await page.getByRole("link", { name: "Readings, and the limits set for them" }).click();
      await expect(page.locator("h1")).toHaveText(/^Readings of /);
      await page.goto("/doctor/patients/0191d5c4-0000-7000-8000-000000000000/readings");
      await expect(page.getByText("We could not find that page")).toBeVisible();
    });
  });
}
