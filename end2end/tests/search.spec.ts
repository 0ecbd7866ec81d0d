import { expect, fits, register, signIn, test } from "./clinic";

for (const scripts of [true, false]) {
  test.describe(scripts ? "with scripts" : "without scripts", () => {
    test.use({ javaScriptEnabled: scripts });

    test("doctors near a place are ordered by distance, and say how far it is", async ({ page }) => {
      await page.goto("/doctors");
      await page.getByLabel("Near", { exact: true }).fill("Lisbon");
      if (scripts) await page.keyboard.press("Escape");
      await page.getByLabel("Order").selectOption("nearest");
      await page.getByRole("button", { name: "Search", exact: true }).click();
      await expect(page).toHaveURL(/near=Lisbon.*sort=nearest/);
      await expect(page.getByText(/doctors within 100 km of Lisbon, the nearest first/)).toBeVisible();
      const ways = await page.locator(".reasons li", { hasText: "from Lisbon" }).allInnerTexts();
      const metres = ways.map((way) => Number.parseFloat(way) * (/ km /.test(way) ? 1_000 : 1));
      expect(metres.length).toBeGreaterThan(5);
      expect(metres).toEqual([...metres].sort((one, other) => one - other));
      await fits(page);
    });

    test("a place that we do not know is said to be unknown at its field", async ({ page }) => {
      await page.goto("/doctors?near=Atlantis");
      await expect(page.getByLabel("Near", { exact: true })).toHaveAttribute("aria-invalid", "true");
      await expect(page.getByText("We do not know this place.")).toBeVisible();
    });

    test("how doctors are ordered can be read", async ({ page }) => {
      await page.goto("/doctors");
      await page.getByText("How we order doctors").click();
      await expect(page.getByText("Nobody can pay for a place.")).toBeVisible();
    });
  });
}

test("a time among the results is marked when somebody else takes it", async ({ page, browser }) => {
  await page.goto("/doctors?visit=video&language=en&accepting=true");
  const listening = page.waitForRequest(/\/live\/doctors\?/);
  await page.mouse.move(40, 300);
  await page.keyboard.press("Tab");
  await listening;
  const time = page.locator(".doctor-card .time").last();
  const href = await time.getAttribute("href");
  await time.focus();

  const other = await browser.newContext({ timezoneId: "Europe/Lisbon" });
  const theirs = await other.newPage();
  // Nobody who may have a visit then already.
  await register(theirs);
  await theirs.goto(href!);
  await theirs.getByRole("radio").first().check({ force: true });
  await theirs.getByLabel("What is it about?").fill("Cough");
  await theirs.getByRole("button", { name: "Book this visit" }).click();
  await expect(theirs.getByText("Your visit is booked")).toBeVisible();

  await expect(page.locator(`[data-href="${href}"]`)).toHaveAttribute("data-state", "taken");
  // Of the many others a few may end meanwhile: times pass, and doctors pause between visits.
  expect(await page.locator(".doctor-card [data-state=taken]").count()).toBeLessThan(6);
  expect(await page.evaluate(() => document.activeElement?.getAttribute("data-href"))).toBe(href);
  await theirs.getByRole("link", { name: "Cancel visit" }).click();
  await theirs.getByRole("button", { name: "Cancel this visit" }).click();
  await other.close();
});

test.describe("licences", () => {
  test.use({ javaScriptEnabled: false });

  test("a licence that the register refuses is said at its field, and the rest stays typed", async ({ page }) => {
    test.info().annotations.push({ type: "expected", description: "status of 422" });
    test.info().annotations.push({ type: "expected", description: "status of 503" });
    await signIn(page, "admin@demo.test");
    await page.goto("/admin/providers/new");
    await page.getByLabel("First name").fill("Zoë");
    await page.getByLabel("Last name").fill("Nguyễn");
    await page.getByLabel("Email").fill(`zoe-${Date.now()}@example.org`);
    await page.getByLabel("Fee for a visit").fill("45");
    await page.getByLabel("Time zone").fill("Europe/Lisbon");
    for (const [number, said] of [
      ["PT-100003-0", "the register does not know this number"],
      ["OFFLINE-1", "does not answer at the moment"],
    ]) {
      await page.getByLabel("Licence number").fill(number);
      await page.getByRole("button", { name: "Save" }).click();
      await expect(page.getByText(said).first()).toBeVisible();
      await expect(page.getByLabel("First name")).toHaveValue("Zoë");
    }
    await page.getByLabel("Licence number").fill(`PT-${Date.now()}`);
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText(/Demo register said on .* that it is valid/)).toBeVisible();
    await fits(page);
  });
});
