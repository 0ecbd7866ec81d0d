import { expect, expectStatus, fits, register, signIn, test } from "./clinic";

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("a doctor closes a day and moves a visit of it, and the patient sees where", async ({ page, browser }) => {
      await register(page);
      await page.goto(`/doctors?q=${encodeURIComponent("Oisín Brennan")}`);
      await page.locator(".doctor-card h2 a").first().click();
      await page.getByRole("link", { name: "Later week" }).click();
      await page.getByRole("link", { name: "Later week" }).click();
      const day = (await page.locator(".time").last().getAttribute("data-start"))!.slice(0, 10);
      await page.locator(".time").last().click();
      await page.getByRole("radio").first().check({ force: true });
      await page.getByLabel("What is it about?").fill("Cough");
      await page.getByRole("button", { name: "Book this visit" }).click();
      await expect(page.getByText("Your visit is booked")).toBeVisible();
      const visit = page.url().split("?")[0];

      const office = await browser.newContext({ timezoneId: "Europe/Dublin", javaScriptEnabled: scripts });
      const doctor = await office.newPage();
      doctor.on("pageerror", (error) => { throw error; });
      expectStatus(409);
      await signIn(doctor, "doctor2@demo.test");
      await doctor.goto("/doctor/days");
      const form = doctor.locator("form", { has: doctor.getByRole("heading", { name: "Close a day" }) });
      await form.getByLabel("Day", { exact: true }).fill(day);
      await form.getByLabel(/Reason/).fill("Stranded");
      await form.getByRole("button", { name: "Close" }).click();
      const fate = form.locator(`select[id="fate_${visit.split("/").pop()}"]`);
      await fits(doctor);
      const to = (await fate.locator("option").nth(1).textContent())!;
      expect(to).toMatch(/^Move to /);
      await fate.selectOption({ index: 1 });
      await form.getByLabel(/Save all the same/).check({ force: true });
      await form.getByRole("button", { name: "Close" }).click();
      await expect(doctor.getByText("Saved.")).toBeVisible();

      await page.goto(visit);
      await expect(page.locator("main")).toContainText("Moved");
      await page.goto(`${visit}/cancel`);
      await expect(page.getByText("Cancelling this visit costs nothing.")).toBeVisible();
      await page.getByRole("button", { name: "Cancel this visit" }).click();

      const closed = doctor.locator("li", { hasText: "Stranded" });
      await closed.getByRole("button").click();
      await expect(closed).toHaveCount(0);
      await office.close();
    });
  });
}
