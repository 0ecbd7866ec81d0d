import { expect, fits, fillAndBook, openDoctor, register, signIn, test } from "./clinic";

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("a patient reads which doctor opened their visit, and takes the list along", async ({ page, browser }) => {
      await register(page, "/patient", "Eva", "Nunes");
      await openDoctor(page);
      await page.getByRole("link", { name: "Later week" }).click();
      await page.locator(".time").first().click();
      await fillAndBook(page);
      const visit = new URL(page.url()).pathname;

      const other = await browser.newContext({ javaScriptEnabled: scripts });
      const doctor = await other.newPage();
      await signIn(doctor, "doctor@demo.test");
      await doctor.goto(visit);
      await expect(doctor.locator("h1")).toContainText("Eva Nunes");
      await other.close();

      await page.goto("/account/profile");
      await page.getByRole("link", { name: "Who looked at my record" }).click();
      const rows = page.getByRole("row");
      await expect(rows.filter({ hasText: "Dr Inês Carvalho" }).filter({ hasText: "Opened a visit" })).toHaveCount(1);
      await expect(rows.filter({ hasText: "You" }).filter({ hasText: "Booked a visit" })).toHaveCount(1);
      await fits(page);
      await page.getByLabel("Who", { exact: true }).selectOption("others");
      await page.getByRole("button", { name: "Show" }).click();
      await expect(rows.filter({ hasText: "Booked a visit" })).toHaveCount(0);
      await expect(rows.filter({ hasText: "Opened a visit" })).toHaveCount(1);

      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: "Download this list" }).click();
      const text = (await (await (await download).createReadStream()).toArray()).join("");
      expect(text).toContain('"Dr Inês Carvalho","Opened a visit"');
      expect(text).not.toContain("Booked a visit");

      await page.getByLabel("To", { exact: true }).fill("2020-01-01");
      await page.getByRole("button", { name: "Show" }).click();
      await expect(page.getByRole("heading", { name: "Nobody" })).toBeVisible();
      await fits(page);
    });
  });
}
