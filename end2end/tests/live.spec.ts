import { expect, openDoctor, register, test } from "./clinic";

test("a time that somebody else takes is marked on an open page, and the focus stays", async ({ page, browser }) => {
  await openDoctor(page);
  await page.getByRole("link", { name: "Later week" }).click();
  // The page listens once its island is awake.
  const listening = page.waitForRequest(/\/live\/doctors\//);
  await page.reload();
  await listening;
  const time = page.locator(".time").first();
  const start = await time.getAttribute("data-start");
  await time.focus();

  const other = await browser.newContext({ timezoneId: "Europe/Lisbon" });
  const theirs = await other.newPage();
  await register(theirs);
  await theirs.goto(`${new URL(page.url()).pathname}/book?start=${start}`);
  await theirs.getByRole("radio").first().check({ force: true });
  await theirs.getByLabel("What is it about?").fill("Cough");
  await theirs.getByRole("button", { name: "Book this visit" }).click();
  await expect(theirs.getByText("Your visit is booked")).toBeVisible();

  const taken = page.locator(`[data-start="${start}"]`);
  await expect(taken).toHaveAttribute("data-state", "taken");
  await expect(page.getByRole("status").filter({ hasText: "has just been taken" })).toBeAttached();
  expect(await page.evaluate(() => document.activeElement?.getAttribute("data-start"))).toBe(start);

  await theirs.getByRole("link", { name: "Cancel visit" }).click();
  await theirs.getByRole("button", { name: "Cancel this visit" }).click();
  await other.close();
});
