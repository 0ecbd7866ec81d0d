import { bookLater, expect, expectStatus, fits, makeAccount, openDoctor, register, test } from "./clinic";

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("a stranger finds a doctor, registers on the way and books the time they chose", async ({ page }) => {
      await page.goto("/");
      // Awake, the list of suggestions has the field's label, too.
      await page.getByLabel("Specialty or name").and(page.locator("input")).fill("Cardiology");
      await page.getByRole("button", { name: "Find a doctor" }).click();
      await expect(page).toHaveURL(/doctors\?q=Cardiology/);
      await expect(page.locator(".doctor-card").first()).toContainText("Cardiology");

      // Not the first of all: it may pass while they register.
      await page.locator(".doctor-card").first().locator(".time").last().click();
      await expect(page.locator("h1")).toHaveText("Book this visit");
      const when = await page.locator("dl time").first().getAttribute("datetime");
      await page.getByRole("link", { name: "Create an account" }).click();
      await makeAccount(page);

      await expect(page.locator("h1")).toHaveText("Book this visit");
      expect(await page.locator("dl time").first().getAttribute("datetime")).toBe(when);
      await page.getByRole("radio").first().check({ force: true });
      await page.getByLabel("What is it about?").fill("Chest feels tight on stairs");
      await page.getByRole("button", { name: "Book this visit" }).click();
      await expect(page.getByText("Your visit is booked")).toBeVisible();
      expect(await page.locator("dl time").first().getAttribute("datetime")).toBe(when);

      await page.goto("/patient");
      await expect(page.locator(".visit-card")).toHaveCount(1);
    });

    test("a visit is moved, then cancelled, and each says what it costs before", async ({ page }) => {
      await register(page);
      await bookLater(page);

      await page.getByRole("link", { name: "Choose another time" }).click();
      await page.getByRole("link", { name: "Later week" }).click();
      await page.locator(".time").first().click();
      await expect(page.locator("h1")).toHaveText("Move this visit?");
      await page.getByRole("button", { name: "Move this visit" }).click();
      await expect(page.getByText("has moved to its new time")).toBeVisible();

      await page.getByRole("link", { name: "Cancel visit" }).click();
      await expect(page.getByText("Cancelling this visit costs nothing.")).toBeVisible();
      await page.getByRole("button", { name: "Cancel this visit" }).click();
      await expect(page.getByText("Your visit is cancelled.")).toBeVisible();
      await fits(page);
    });

    test("a mistake is named, linked and fixed without typing the rest again", async ({ page }) => {
      expectStatus(422);
      await page.goto("/register");
      await page.getByLabel("First name").fill("Inês");
      await page.getByLabel("Last name").fill("Araújo");
      await page.getByLabel("Email").fill("ines@example.org");
      await page.getByLabel("Password", { exact: true }).fill("short");
      await page.getByRole("button", { name: "Create account" }).click();

      await expect(page).toHaveTitle(/^Error: /);
      await expect(page.getByRole("alert")).toContainText("There is a problem");
      await expect(page.getByLabel("First name")).toHaveValue("Inês");
      await page.getByRole("alert").getByRole("link").first().click();
      await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
    });

    test("going back and pressing again does not book twice", async ({ page }) => {
      expectStatus(409);
      await register(page);
      await bookLater(page);
      const visit = new URL(page.url()).pathname;
      await page.goBack();
      if (await page.getByRole("button", { name: "Book this visit" }).isVisible()) {
        await page.getByRole("radio").first().check({ force: true });
        await page.getByLabel("What is it about?").fill("Cough");
        await page.getByRole("button", { name: "Book this visit" }).click();
        await expect(page).toHaveURL(new RegExp(visit));
      } else {
        await expect(page.getByText("That time is not free")).toBeVisible();
      }
      await page.goto("/patient");
      await expect(page.locator(".visit-card")).toHaveCount(1);
    });
  });
}

test("a visit is booked by keyboard alone", async ({ page }) => {
  await register(page);
  await openDoctor(page);
  await page.getByRole("link", { name: "Later week" }).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/week=/);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const onTime = () => page.evaluate(() => document.activeElement?.classList.contains("time") ?? false);
  for (let presses = 0; presses < 80 && !(await onTime()); presses++) await page.keyboard.press("Tab");
  expect(await onTime()).toBe(true);
  const ring = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
  expect(ring).not.toBe("none");
  await page.keyboard.press("Enter");
  await expect(page.locator("h1")).toHaveText("Book this visit");

  const onRadio = () => page.evaluate(() => document.activeElement?.getAttribute("type") === "radio");
  for (let presses = 0; presses < 40 && !(await onRadio()); presses++) await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await page.keyboard.type("Sore knee");
  const onButton = () => page.evaluate(() => document.activeElement?.textContent?.trim() === "Book this visit");
  for (let presses = 0; presses < 20 && !(await onButton()); presses++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Your visit is booked")).toBeVisible();
});
