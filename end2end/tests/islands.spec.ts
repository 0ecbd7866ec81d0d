import type { Locator, Page } from "@playwright/test";
import { expect, inspect, openDoctor, signIn, test } from "./clinic";

/** The field, once it is a combobox and has the focus. */
async function awake(page: Page, label: string): Promise<Locator> {
  const field = input(page, label);
  await field.focus();
  await expect(field).toHaveAttribute("role", "combobox");
  return field;
}

/** By its label: a list that it controls has the same name. */
const input = (page: Page, label: string) => page.getByLabel(label, { exact: true }).and(page.locator("input"));

/** The options of the list that is open; the gallery shows one that always is. */
const options = (page: Page) => page.locator(".listbox:not([hidden], .listbox-still) > [role=option]");

/** The option that a screen reader is told of, and that is drawn as marked, is this one. */
async function marked(page: Page, field: Locator, text: string) {
  const option = options(page).and(page.locator("[aria-selected=true]"));
  await expect(option).toHaveText([text]);
  await expect(field).toHaveAttribute("aria-activedescendant", (await option.getAttribute("id"))!);
  await expect(option).toBeInViewport();
}

test.describe("a combobox", () => {
  test("is used by keyboard alone", async ({ page }) => {
    await page.goto("/");
    const field = await awake(page, "Specialty or name");
    await expect(field).not.toHaveAttribute("list");
    await expect(field).toHaveAttribute("aria-autocomplete", "list");
    await expect(field).toHaveAttribute("aria-expanded", "false");
    const list = page.locator(`#${await field.getAttribute("aria-controls")}`);
    await expect(list).toBeHidden();

    // Typing lists what fits, best first, and marks nothing: free text stays allowed.
    await page.keyboard.type("OLOGY");
    await expect(field).toHaveAttribute("aria-expanded", "true");
    await expect(list).toBeVisible();
    await expect(list).toHaveRole("listbox");
    await expect(list).toHaveAccessibleName("Specialty or name");
    for (const text of await options(page).allTextContents()) expect(text.toLowerCase()).toContain("ology");
    await expect(field).not.toHaveAttribute("aria-activedescendant");
    await expect(page.getByRole("status").filter({ hasText: /^\d+ suggestions$/ })).toBeAttached();

    // The mark goes round, and into the text again.
    const [first, second] = await options(page).allTextContents();
    const last = (await options(page).allTextContents()).at(-1)!;
    await page.keyboard.press("ArrowDown");
    await marked(page, field, first);
    await page.keyboard.press("ArrowDown");
    await marked(page, field, second);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await marked(page, field, last);
    await page.keyboard.press("ArrowDown");
    await marked(page, field, first);
    await page.keyboard.press("Home");
    await expect(field).not.toHaveAttribute("aria-activedescendant");
    await expect(list).toBeVisible();
    expect(await field.evaluate((input: HTMLInputElement) => input.selectionStart)).toBe(0);

    // Enter takes the marked option and sends nothing; the next Enter sends the form.
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect(field).toHaveValue(first);
    await expect(field).toHaveAttribute("aria-expanded", "false");
    await expect(list).toBeHidden();
    await expect(page).toHaveURL(/\/$/);
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/doctors\?q=/);
  });

  test("lets go on Escape, takes on Tab, and opens by itself on Alt and Down", async ({ page }) => {
    await page.goto("/");
    const field = await awake(page, "City");
    await page.keyboard.press("ArrowUp");
    const all = await options(page).allTextContents();
    expect(all.length).toBeGreaterThan(3);
    await marked(page, field, all.at(-1)!);
    await page.keyboard.press("Escape");
    await expect(field).toHaveAttribute("aria-expanded", "false");
    await expect(field).toHaveValue("");
    await expect(field).toBeFocused();

    await page.keyboard.press("Alt+ArrowDown");
    await expect(field).toHaveAttribute("aria-expanded", "true");
    await expect(field).not.toHaveAttribute("aria-activedescendant");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Tab");
    await expect(field).toHaveValue(all[0]);
    await expect(field).toHaveAttribute("aria-expanded", "false");
    await expect(page.getByLabel("Kind of visit").first()).toBeFocused();

    // What is chosen is where the list begins the next time; a second Escape empties the field.
    await field.focus();
    await page.keyboard.press("ArrowDown");
    await expect(options(page)).toHaveCount(all.length);
    await marked(page, field, all[0]);
    await page.keyboard.press("Escape");
    await expect(field).toHaveValue(all[0]);
    await page.keyboard.press("Escape");
    await expect(field).toHaveValue("");
  });

  test("finds words whatever their accents, says how many, and keeps what nobody suggested", async ({ page }) => {
    await page.goto("/dev/ui");
    const field = await awake(page, "City");
    const list = page.locator(`#${await field.getAttribute("aria-controls")}`);
    await page.keyboard.type("LODZ");
    await expect(list.getByRole("option")).toHaveText(["Łódź"]);
    await expect(page.getByRole("status").filter({ hasText: /^1 suggestion$/ })).toBeAttached();
    await field.fill("lódź");
    await expect(list.getByRole("option")).toHaveText(["Łódź"]);
    await field.fill("Zanzibar");
    await expect(field).toHaveAttribute("aria-expanded", "false");
    await expect(list).toBeHidden();
    await expect(page.getByRole("status").filter({ hasText: /^No suggestions$/ })).toBeAttached();
    await page.keyboard.press("Tab");
    await expect(field).toHaveValue("Zanzibar");
  });

  test("is used by pointer, and a press elsewhere closes it", async ({ page }) => {
    await page.goto("/doctors");
    const field = input(page, "City");
    await page.mouse.move(9, 9, { steps: 3 });
    await expect(field).toHaveAttribute("role", "combobox");
    await field.click();
    await expect(field).toHaveAttribute("aria-expanded", "true");
    await page.mouse.click(2, 300);
    await expect(field).toHaveAttribute("aria-expanded", "false");

    await field.click();
    const city = await options(page).nth(1).textContent();
    await options(page).nth(1).click();
    await expect(field).toHaveValue(city!);
    await expect(field).toHaveAttribute("aria-expanded", "false");
    await expect(field).toBeFocused();
    await page.getByRole("button", { name: "Search" }).first().click();
    await expect(page.locator("h1")).toHaveText(`Doctors in ${city}`);
  });

  test("opens to the side that has room, and never out of sight", async ({ page }) => {
    await page.goto("/");
    const field = await awake(page, "City");
    for (const block of ["end", "start"] as const) {
      await field.evaluate((input, block) => input.scrollIntoView({ block, behavior: "instant" }), block);
      await page.keyboard.press("Alt+ArrowDown");
      const list = page.getByRole("listbox");
      await expect(list).toBeInViewport({ ratio: 0.99 });
      await page.keyboard.press("Alt+ArrowUp");
      await expect(list).toBeHidden();
    }
  });

  test("that loads while somebody types goes on from there", async ({ page }) => {
    let load = () => {};
    const held = new Promise<void>((resolve) => (load = resolve));
    await page.route("**/*.wasm", async (route) => {
      await held;
      await route.continue();
    });
    await page.goto("/");
    const field = input(page, "Specialty or name");
    await field.focus();
    await page.keyboard.type("card");
    await expect(field).toHaveAttribute("list");
    load();
    await expect(field).toHaveAttribute("aria-expanded", "true");
    await expect(options(page).first()).toHaveText("Cardiology");
  });

  test("costs nothing until somebody is there", async ({ page }) => {
    const loaded: string[] = [];
    page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
    await page.goto("/", { waitUntil: "networkidle" });
    expect(loaded.filter((path) => path.endsWith(".wasm"))).toEqual([]);
    await page.keyboard.press("Tab");
    await expect.poll(() => loaded.filter((path) => path.endsWith(".wasm")).length).toBe(1);
  });
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the browser's own suggestions and the page that asks remain", async ({ page }) => {
    await page.goto("/");
    const field = input(page, "City");
    const list = page.locator(`datalist#${await field.getAttribute("list")}`);
    expect(await list.locator("option").count()).toBeGreaterThan(3);
    await expect(field).not.toHaveAttribute("role");

    await signIn(page, "patient@demo.test");
    await page.locator(".visit-card a").first().click();
    await page.getByRole("link", { name: "Cancel visit" }).click();
    await expect(page.locator("h1")).toHaveText("Cancel this visit?");
    await page.getByRole("link", { name: "Keep it" }).click();
    await expect(page.locator("h1")).toContainText("Visit with");
  });
});

test("cancelling is asked on the page of the visit, and the focus comes back", async ({ page }) => {
  await signIn(page, "patient@demo.test");
  await page.locator(".visit-card a").first().click();
  await expect(page.locator("h1")).toContainText("Visit with");
  const visit = page.url();
  const opener = page.getByRole("link", { name: "Cancel visit" });
  const dialog = page.getByRole("dialog", { name: "Cancel this visit?" });
  const isAwake = () => page.evaluate(() => performance.getEntriesByType("resource").some((e) => e.name.endsWith(".wasm")));
  // Awake: the link would lead elsewhere otherwise. A focus that comes before the script wakes nobody.
  await expect(async () => {
    await opener.blur();
    await opener.focus();
    expect(await isAwake()).toBe(true);
  }).toPass();
  await expect(async () => {
    if (page.url() !== visit) await page.goto(visit);
    await opener.focus();
    await page.keyboard.press("Enter");
    await expect(dialog).toBeVisible({ timeout: 500 });
  }).toPass();
  // By the time of day it may be late, and then the first time is waived.
  await expect(dialog).toHaveAccessibleDescription(/costs nothing|now costs/);
  await expect(dialog.getByRole("link", { name: "Keep it" })).toBeFocused();

  // The focus stays inside, all the way round.
  const inside = () => page.evaluate(() => document.querySelector("dialog")!.contains(document.activeElement) || document.activeElement === document.body);
  for (let presses = 0; presses < 6; presses++) {
    await page.keyboard.press("Tab");
    expect(await inside()).toBe(true);
  }
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(opener).toBeFocused();

  for (const way of ["Keep it", "Close"]) {
    await page.keyboard.press("Enter");
    await dialog.getByRole("link", { name: way }).click();
    await expect(dialog).toBeHidden();
    await expect(opener).toBeFocused();
  }
  expect(page.url()).toBe(visit);
});

test("a press beside a dialog closes it only where nothing can be lost", async ({ page }) => {
  await page.goto("/dev/ui");
  await awake(page, "City");
  const opener = page.getByRole("link", { name: "Ask before an act" });
  await opener.click();
  const dialog = page.locator("#gallery-dialog");
  await expect(dialog).toBeVisible();
  await page.mouse.click(4, 4);
  await expect(dialog).toBeHidden();
  await expect(opener).toBeFocused();

  await page.getByRole("link", { name: "Ask for words" }).click();
  const form = page.locator("#gallery-form");
  await expect(form.getByLabel("Reason")).toBeFocused();
  await form.getByLabel("Reason").fill("Away");
  await page.mouse.click(4, 4);
  await expect(form).toBeVisible();
  await expect(form.getByLabel("Reason")).toHaveValue("Away");
  await page.keyboard.press("Escape");
  await expect(form).toBeHidden();
});

test.describe("a toast", () => {
  test("is read out, waits while somebody is at it, and goes by itself", async ({ page }) => {
    await page.clock.install();
    await page.goto("/dev/ui");
    await awake(page, "City");
    const show = page.getByRole("button", { name: "Show a toast" });
    const region = page.locator(".toast > [role=status]");
    const toast = page.locator(".toast:has(> [role=status])");
    // The region is there, and empty, before anything is said in it.
    await expect(region).toBeAttached();
    await expect(region).toHaveText("");
    await show.click();
    // From here on no time passes but what is said, however slow the machine is.
    await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 500);
    await expect(region).toHaveText(/has just been taken/);
    await expect(show).toBeFocused();
    await expect(toast).toBeInViewport();

    await page.clock.runFor(3_000);
    await expect(region).toHaveText(/has just been taken/);
    // By hand: the clock that waiting for a still element needs stands still.
    const place = (await toast.boundingBox())!;
    await page.mouse.move(place.x + 8, place.y + 8);
    await page.clock.runFor(20_000);
    await expect(region).toHaveText(/has just been taken/);
    await page.mouse.move(4, 4);
    await page.clock.runFor(8_000);
    await expect(region).toHaveText("");
    await expect(page.getByRole("button", { name: "Close", exact: true }).and(page.locator(".toast-close"))).toBeHidden();
  });

  test("is closed by keyboard, and the focus goes back", async ({ page }) => {
    await page.goto("/dev/ui");
    await awake(page, "City");
    const show = page.getByRole("button", { name: "Show a toast" });
    const region = page.locator(".toast > [role=status]");
    for (const keys of [["Escape"], ["Tab", "Enter"], ["Tab", "Escape"]]) {
      await show.focus();
      await page.keyboard.press("Enter");
      await expect(region).toHaveText(/has just been taken/);
      if (keys.length > 1) {
        await page.keyboard.press(keys[0]);
        await expect(page.locator(".toast-close")).toBeFocused();
      }
      await page.keyboard.press(keys.at(-1)!);
      await expect(region).toHaveText("");
      await expect(show).toBeFocused();
    }
  });

  test("tells what the page itself shows", async ({ page }) => {
    let tell = () => {};
    const held = new Promise<void>((resolve) => (tell = resolve));
    await openDoctor(page);
    await page.route("**/live/doctors/**", async (route) => {
      await held;
      // Nothing is free any more but the second time.
      const free = await page.locator(".time").nth(1).getAttribute("data-start");
      await route.fulfill({ contentType: "text/event-stream", body: `data: ${free}\n\n` });
    });
    await page.getByRole("link", { name: "Later week" }).click();
    const times = page.locator(".time");
    const count = await times.count();
    tell();
    await expect(page.locator(".toast")).toContainText(`${count - 1} of these times have just been taken.`);
    await expect(times.first()).toContainText("taken");
    await expect(times.nth(1)).not.toContainText("taken");
  });
});

for (const scheme of ["light", "dark"] as const) {
  test(`what is opened can be used by everybody, in the ${scheme}`, async ({ page }, info) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto("/");
    await awake(page, "Specialty or name");
    await page.keyboard.type("a");
    await page.keyboard.press("ArrowDown");
    await expect(page.getByRole("listbox")).toBeVisible();
    await page.screenshot({ path: info.outputPath("combobox.png") });
    await inspect(page, { part: "body" });

    await page.goto("/dev/ui");
    await awake(page, "City");
    await page.getByRole("button", { name: "Show a toast" }).click();
    await expect(page.locator(".toast[data-shown]")).toBeVisible();
    await page.screenshot({ path: info.outputPath("toast.png") });
    await inspect(page, { part: ".toasts" });
    for (const name of ["Ask before an act", "Ask for words"]) {
      await page.getByRole("link", { name }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await page.screenshot({ path: info.outputPath(`${name.replaceAll(" ", "-")}.png`) });
      await inspect(page, { part: "dialog[open]" });
      await page.keyboard.press("Escape");
    }
  });
}
