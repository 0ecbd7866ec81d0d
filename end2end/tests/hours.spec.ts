import { expect, expectStatus, fits, openDoctor, openHours, signIn, test } from "./clinic";
import type { Page } from "@playwright/test";

test("what a doctor changes of the hours, patients see at once", async ({ page, browser }) => {
  const office = await browser.newContext({ timezoneId: "Europe/Dublin" });
  const doctor = await office.newPage();
  // Nobody else's test goes to this one.
  await signIn(doctor, "doctor2@demo.test");
  const name = "Oisín Brennan";
  const search = `/doctors?q=${encodeURIComponent(name)}`;
  await page.goto(search);
  const first = await firstOnCard(page, name);
  const day = first.slice(0, 10);
  const open = await page.context().newPage();
  await openTimes(open, page, name, day);

  await closeDay(doctor, day);
  try {
    // The page that is open hears of it; the search shows it when it is loaded again.
    await expect(open.locator(`[data-start="${first}"]`)).toHaveAttribute("data-state", "taken");
    await expect(async () => {
      await page.reload();
      expect((await firstOnCard(page, name)).slice(0, 10)).not.toBe(day);
    }).toPass();
    await open.reload();
    await expect(open.locator(`#day-${day} .time`)).toHaveCount(0);

    const next = (await firstOnCard(page, name)).slice(0, 10);
    await addHours(doctor, next, "04:00", "04:40");
    try {
      await expect(async () => {
        await page.reload();
        await expect(card(page, name).locator(".time").first()).toContainText("04:00");
        expect((await firstOnCard(page, name)).slice(0, 10)).toBe(next);
      }).toPass();
      await openTimes(open, page, name, next);
      await expect(open.locator(`#day-${next} .time`).first()).toContainText("04:00");
    } finally {
      await removeHours(doctor, "04:00");
    }
    await expect(open.locator(`#day-${next} .time`).first()).toHaveAttribute("data-state", "taken");
    await open.reload();
    await expect(open.locator(`#day-${next} .time`).first()).not.toContainText("04:00");
  } finally {
    await reopenDay(doctor);
  }
  await expect(async () => {
    await page.reload();
    expect((await firstOnCard(page, name)).slice(0, 10)).toBe(day);
  }).toPass();
  await office.close();
});

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("one press leads from any week to the next free time", async ({ page }) => {
      // Once more from the start, should the soonest time pass meanwhile.
      await expect(async () => {
        await openDoctor(page);
        const soonest = await page.locator(".time").first().getAttribute("data-start");
        await page.getByRole("link", { name: "Later week" }).click();
        await page.getByRole("link", { name: "Later week" }).click();
        await page.getByRole("link", { name: /^Next free time: / }).click();
        const first = page.locator(".time").first();
        await expect(first).toHaveAttribute("data-start", soonest!, { timeout: 2_000 });
        await expect(first).toBeFocused({ timeout: 2_000 });
        await expect(first).toBeInViewport({ timeout: 2_000 });

        // On the page that has it, the same link finds it again in the list.
        const here = page.url();
        await page.getByRole("link", { name: "Skip to the content" }).focus();
        await page.getByRole("link", { name: /^Next free time: / }).press("Enter");
        await expect(first).toBeFocused({ timeout: 2_000 });
        expect(page.url()).toBe(here);
      }).toPass();
    });
  });
}

for (const scripts of [true, false]) {
  test.describe(`a week of hours with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("each line is folded, and opens where it is wrong", async ({ page }) => {
      expectStatus(422);
      await signIn(page, "doctor@demo.test");
      await page.goto("/doctor/hours");
      const line = page.locator("details.hours-block").first();
      await expect(line.getByLabel("To", { exact: true })).toBeHidden();
      await line.locator("> summary").click();
      const kept = await line.getByLabel("To", { exact: true }).inputValue();
      await line.getByLabel("To", { exact: true }).fill("00:05");
      await fits(page);
      await page.getByRole("button", { name: "Save hours" }).click();
      await page.getByRole("alert").getByRole("link").first().click();
      await expect(line.getByLabel("To", { exact: true })).toBeFocused();
      await expect(line.getByLabel("To", { exact: true })).toHaveAttribute("aria-invalid", "true");
      await fits(page);

      await line.getByLabel("To", { exact: true }).fill(kept);
      await page.getByRole("button", { name: "Save hours" }).click();
      await expect(page.getByText(/^Saved\./)).toBeVisible();
      await expect(line.getByLabel("To", { exact: true })).toBeHidden();
    });
  });
}

const card = (page: Page, name: string) => page.locator(".doctor-card", { hasText: name }).first();

/** The start of the first time on a doctor's card. */
async function firstOnCard(page: Page, name: string) {
  const start = await card(page, name).locator(".time").first().getAttribute("data-start");
  expect(start).not.toBeNull();
  return start!;
}

/** Opens the week from `day` on and returns once its island listens. */
async function openTimes(open: Page, search: Page, name: string, day: string) {
  const path = await card(search, name).locator("h2 a").getAttribute("href");
  const listening = open.waitForRequest(/\/live\/doctors\//);
  await open.goto(`${path}?week=${day}`);
  await listening;
}

/** Presses `name`, and once more where visits are booked that lose their hours. */
async function save(doctor: Page, name: string) {
  await doctor.getByRole("button", { name, exact: true }).first().click();
  const keep = doctor.getByLabel(/Save all the same/);
  await expect(doctor.getByText(/^Saved\./).or(keep)).toBeVisible();
  if (await keep.isVisible()) {
    await keep.check({ force: true });
    await doctor.getByRole("button", { name, exact: true }).first().click();
    await expect(doctor.getByText(/^Saved\./)).toBeVisible();
  }
}

async function closeDay(doctor: Page, day: string) {
  await doctor.goto("/doctor/days");
  const form = doctor.locator("form", { has: doctor.getByRole("heading", { name: "Close a day" }) });
  await form.getByLabel("Day", { exact: true }).fill(day);
  await form.getByLabel(/Reason/).fill("At a congress");
  await save(doctor, "Close");
}

async function reopenDay(doctor: Page) {
  await doctor.goto("/doctor/days");
  await doctor.locator("li", { hasText: "At a congress" }).getByRole("button").click();
  await expect(doctor.getByText(/^Saved\./)).toBeVisible();
}

async function addHours(doctor: Page, day: string, from: string, to: string) {
  await doctor.goto("/doctor/hours");
  const line = doctor.getByRole("group", { name: "New hours" }).first();
  const weekday = new Date(`${day}T12:00:00Z`).toLocaleDateString("en-GB", { weekday: "long", timeZone: "UTC" });
  await line.getByLabel("Day", { exact: true }).selectOption({ label: weekday });
  await line.getByLabel("From", { exact: true }).fill(from);
  await line.getByLabel("To", { exact: true }).fill(to);
  await line.getByLabel("Video", { exact: true }).check({ force: true });
  await save(doctor, "Save hours");
}

async function removeHours(doctor: Page, from: string) {
  await doctor.goto("/doctor/hours");
  const line = await openHours(doctor, from);
  await line.getByLabel("Remove these hours").check({ force: true });
  await save(doctor, "Save hours");
}
