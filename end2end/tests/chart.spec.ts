import type { Locator, Page } from "@playwright/test";
import { expect, inspect, signIn, test } from "./clinic";

const KIND = "/patient/readings/blood_pressure";

/** What somebody sees of a chart. */
const parts = (page: Page) => ({
  field: page.locator(".chart-field"),
  cursor: page.locator(".chart-cursor"),
  said: page.locator(".chart-readout > span"),
  open: page.locator(".chart-open"),
  news: page.locator("leptos-island [role=status]"),
});

/** The table's rows, the oldest first, as the words of their cells. */
async function rows(page: Page) {
  const all = await page.locator(".fold tbody tr").evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent!.trim())));
  return all.reverse();
}

/** What is said has all that its row has. */
function saysRow(said: string, row: string[]) {
  const [name, value, lowest, highest, readings, range] = row as [string, string, string, string, string, string];
  const many = Number(readings) > 1;
  const count = many ? `, lowest ${lowest}, highest ${highest}, ${readings} readings` : ", 1 reading";
  expect(said).toBe(`${name}: ${value}${count}, ${range[0]!.toLowerCase()}${range.slice(1)}`);
}

/** Wakes what is alive on the page. */
async function awake(page: Page) {
  await page.keyboard.press("Shift");
  await expect(parts(page).field.last()).toHaveAttribute("role", "application");
}

/** Goes to the chart by keyboard alone. */
async function tabTo(page: Page, field: Locator) {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    if (await field.evaluate((field) => field === document.activeElement)) return;
  }
  throw new Error("the chart is no stop of the keyboard");
}

test("the chart is one stop of the keyboard, and tells of each point what its row says", async ({ page }) => {
  await signIn(page, "patient@demo.test");
  await page.goto(`${KIND}?period=month`);
  const { field, cursor, said, open, news } = parts(page);
  const all = await rows(page);
  expect(all.length).toBeGreaterThan(9);
  saysRow((await said.textContent())!, all.at(-1)!);
  await expect(field).not.toHaveAttribute("tabindex");
  await awake(page);
  await tabTo(page, field);
  await expect(cursor).toHaveAttribute("visibility", "hidden");
  await expect(field).toHaveAccessibleName(/Blood pressure, day by day/);

  // All the way back, a point at a time.
  for (const row of [...all].reverse()) {
    await page.keyboard.press("ArrowLeft");
    saysRow((await said.textContent())!, row);
  }
  await page.keyboard.press("ArrowLeft");
  saysRow((await said.textContent())!, all[0]!);
  await expect(cursor).toHaveAttribute("visibility", "visible");
  await expect(news).toHaveText((await said.textContent())!);
  await page.keyboard.press("ArrowRight");
  saysRow((await said.textContent())!, all[1]!);
  await page.keyboard.press("End");
  saysRow((await said.textContent())!, all.at(-1)!);
  await page.keyboard.press("Home");
  saysRow((await said.textContent())!, all[0]!);
  await page.keyboard.press("PageDown");
  const week = (await said.textContent())!;
  const far = all.findIndex((row) => week.startsWith(`${row[0]}: `));
  expect(far).toBeGreaterThan(0);
  expect(far).toBeLessThanOrEqual(7);
  await page.keyboard.press("PageUp");
  saysRow((await said.textContent())!, all[0]!);
  await inspect(page);

  // Escape gives the point up, not the place.
  await page.keyboard.press("Escape");
  await expect(cursor).toHaveAttribute("visibility", "hidden");
  saysRow((await said.textContent())!, all.at(-1)!);
  await expect(field).toBeFocused();

  // The next stop is the nearer look at the point, not one of thirty.
  await page.keyboard.press("Home");
  await page.keyboard.press("Tab");
  await expect(open).toBeFocused();
  const href = (await open.getAttribute("href"))!;
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`${href.split("?")[1]!.replace("#", ".")}$`));
  await expect(page.getByRole("navigation", { name: "Earlier and later" }).getByRole("heading")).toContainText(all[0]![0]!);
  await inspect(page);

  // The hours of the day are told as well, and lead no nearer.
  await awake(page);
  await tabTo(page, field);
  await page.keyboard.press("End");
  saysRow((await said.textContent())!, (await rows(page)).at(-1)!);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/period=day/);
  await expect(open).toHaveCount(0);
});

test("a mouse tells of the nearest point in silence, and leads from the quarter to a week and a day", async ({ page }) => {
  await signIn(page, "patient@demo.test");
  await page.goto(`${KIND}?period=quarter`);
  const { field, cursor, said, news } = parts(page);
  await field.scrollIntoViewIfNeeded();
  const box = (await field.boundingBox())!;
  const to = (share: number) => page.mouse.move(box.x + box.width * share, box.y + box.height / 2, { steps: 4 });
  await to(0.4);
  await awake(page);
  const all = await rows(page);
  for (const share of [0.995, 0.7, 0.9]) {
    await to(share);
    await expect(cursor).toHaveAttribute("visibility", "visible");
    const words = (await said.textContent())!;
    saysRow(words, all.find((row) => words.startsWith(`${row[0]}: `))!);
  }
  await page.waitForTimeout(400);
  await expect(news).toHaveText("");
  const name = (await said.textContent())!.split(":")[0]!;
  await page.mouse.click(box.x + box.width * 0.9, box.y + box.height / 2);
  await expect(page).toHaveURL(/period=week&on=/);
  expect((await rows(page)).map((row) => row[0])).toContain(name);
  await page.locator(".chart-open").click();
  await expect(page).toHaveURL(/period=day&on=/);
});

test("each chart of a report tells of its own points, and leads nowhere", async ({ page }) => {
  await signIn(page, "patient@demo.test");
  await page.goto("/patient/readings/report?period=month");
  await awake(page);
  const charts = page.locator("[data-chart]");
  expect(await charts.count()).toBeGreaterThan(1);
  const said = charts.locator(".chart-readout > span");
  const before = await said.allTextContents();
  await charts.nth(1).locator(".chart-field").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await expect(said.nth(1)).not.toHaveText(before[1]!);
  expect(await said.nth(0).textContent()).toBe(before[0]);
  await expect(charts.locator(".chart-open")).toHaveCount(0);
  await inspect(page);
});

test("nothing moves when the chart comes alive, nor when it tells", async ({ page }) => {
  await signIn(page, "patient@demo.test");
  await page.goto(KIND);
  const { field } = parts(page);
  await page.evaluate(() => document.fonts.ready);
  const places = () => page.evaluate(() => ["h1", ".chart-field", ".chart-readout", ".chart-key", ".fold"].map((part) => {
    const { x, y, width, height } = document.querySelector(part)!.getBoundingClientRect();
    return [part, x, y + scrollY, width, height];
  }));
  const before = await places();
  await awake(page);
  expect(await places()).toEqual(before);
  await field.focus();
  await page.keyboard.press("End");
  for (let presses = 0; presses < 30; presses++) {
    await page.keyboard.press("ArrowLeft");
    expect(await places()).toEqual(before);
  }
});

test.describe("by touch", () => {
  test.use({ hasTouch: true });

  test("a first press reads a point, a second one opens it", async ({ page }) => {
    await signIn(page, "patient@demo.test");
    await page.goto(KIND);
    await awake(page);
    const { field, cursor, said, news } = parts(page);
    const start = page.url();
    await field.tap({ position: { x: 60, y: 100 } });
    await expect(cursor).toHaveAttribute("visibility", "visible");
    const words = (await said.textContent())!;
    saysRow(words, (await rows(page)).find((row) => words.startsWith(`${row[0]}: `))!);
    await expect(news).toHaveText(words);
    expect(page.url()).toBe(start);
    await field.tap({ position: { x: 60, y: 120 } });
    await expect(page).toHaveURL(/period=day&on=/);
    await expect(page.getByRole("navigation", { name: "Earlier and later" }).getByRole("heading")).toContainText(words.split(":")[0]!);
  });
});

test.describe("with scripts off", () => {
  test.use({ javaScriptEnabled: false });

  test("the chart leads from the quarter to an hour and back to today", async ({ page }) => {
    await signIn(page, "patient@demo.test");
    await page.goto(`${KIND}?period=quarter`);
    const range = page.getByRole("navigation", { name: "Earlier and later" }).getByRole("heading");
    const now = (await range.textContent())!;
    await expect(page.getByRole("link", { name: "Today", exact: true })).toHaveCount(0);
    // A point of the chart is pressed; the row of it leads to the same.
    const point = page.locator(".chart-hits a").nth(3);
    const href = (await point.getAttribute("href"))!;
    const name = (await point.locator("title").textContent())!.split(":")[0]!;
    await page.getByText("The same as a table, day by day").click();
    await expect(page.getByRole("rowheader", { name }).getByRole("link")).toHaveAttribute("href", href);
    await point.click();
    await expect(page).toHaveURL(/period=week&on=/);
    await page.getByText("The same as a table, day by day").click();
    await page.getByRole("rowheader", { name }).getByRole("link").click();
    await expect(range).toContainText(name);
    await expect(page.getByText("The same as a table, hour by hour")).toBeVisible();
    await inspect(page, { scripts: false });

    await page.getByRole("navigation", { name: "How long a time" }).getByRole("link", { name: "Quarter" }).click();
    await page.getByRole("link", { name: "Earlier" }).click();
    await expect(page.getByRole("link", { name: "Report of these 13 weeks" })).toHaveAttribute("href", /last=\d{4}-\d\d-\d\d/);
    await page.getByRole("link", { name: "Later" }).click();
    await page.getByRole("link", { name: "Today", exact: true }).click();
    await expect(range).toHaveText(now);
  });
});

for (const scheme of ["light", "dark"] as const) {
  test(`the chart in use, in the ${scheme}`, async ({ page }, info) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await signIn(page, "patient@demo.test");
    for (const path of [`${KIND}?period=month`, `${KIND}?period=quarter`, "/patient/readings/steps?period=week"]) {
      await page.goto(path);
      await awake(page);
      await page.locator(".chart-field").focus();
      for (const key of ["End", "ArrowLeft", "ArrowLeft"]) await page.keyboard.press(key);
      await page.screenshot({ path: info.outputPath(`${path.replace(/\W+/g, "-")}.png`), fullPage: true });
      await inspect(page);
    }
    await page.emulateMedia({ colorScheme: scheme, forcedColors: "active" });
    await page.screenshot({ path: info.outputPath("forced.png"), fullPage: true });
  });
}
