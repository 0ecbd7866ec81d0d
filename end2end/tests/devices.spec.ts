import { type Page } from "@playwright/test";
import { expect, expectStatus, inspect, register, test } from "./clinic";

/** Says something as the device that has `key`; the status of the answer. */
async function say(page: Page, key: string, path: string, data: object = {}) {
  const answer = await page.request.post(`/api/iot/${path}`, { headers: { "X-API-Key": key }, data });
  return answer.status();
}

const pressure = () => ({
  metrics: [{ type: "blood_pressure", systolic: 128, diastolic: 82, timestamp: new Date().toISOString() }],
});

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("a device is added, sends, is paused, replaced and removed", async ({ page }) => {
      expectStatus(422);
      await register(page);
      await page.goto("/patient/readings");
      await expect(page.getByText("No readings yet")).toBeVisible();
      await inspect(page, { scripts });
      await page.getByRole("navigation", { name: "What was measured" }).getByRole("link", { name: "Devices" }).click();
      await expect(page.getByText("No devices yet")).toBeVisible();
      await inspect(page, { scripts });

      await page.getByRole("link", { name: "Add a device" }).click();
      await page.getByRole("button", { name: "Add the device" }).click();
      await expect(page.getByText("Choose what kind of device it is").first()).toBeVisible();
      await inspect(page, { scripts });
      await page.getByLabel("What is it?").selectOption("Blood pressure monitor");
      await page.getByLabel("Name", { exact: true }).fill("In the kitchen");
      await page.getByLabel("Where does it measure?").selectOption("Left upper arm");
      await page.getByRole("button", { name: "Add the device" }).click();
      await expect(page.locator("h1")).toHaveText("The key of your device");
      const key = await page.getByLabel("Key", { exact: true }).inputValue();
      expect(key).toMatch(/^mcd_[a-z2-7]{40}$/);
      await expect(page.getByRole("button", { name: "Copy the key" })).toBeVisible({ visible: scripts });
      await inspect(page, { scripts });

      expect(await say(page, key, "data", pressure())).toBe(401);
      await page.getByRole("link", { name: "I have kept it" }).click();
      await expect(page.getByText("Not verified yet")).toBeVisible();
      expect(await page.content()).not.toContain(key);
      const device = new URL(page.url()).pathname;
      expect(await say(page, key, "devices/verify")).toBe(200);
      expect(await say(page, key, "data", pressure())).toBe(200);
      await page.goto(device);
      await expect(page.getByText("Active", { exact: true })).toBeVisible();
      await expect(page.getByText("1 taken")).toBeVisible();
      await inspect(page, { scripts });
      await page.goto("/patient/readings/all");
      const row = page.getByRole("row").filter({ hasText: "128/82 mmHg" });
      await expect(row.getByRole("link", { name: "In the kitchen" })).toBeVisible();
      await inspect(page, { scripts });

      await page.goto(device);
      await page.getByRole("button", { name: "Pause" }).click();
      await expect(page.getByText("We take nothing from it")).toBeVisible();
      await inspect(page, { scripts });
      expect(await say(page, key, "data", pressure())).toBe(401);
      await page.getByRole("button", { name: "Resume" }).click();
      await expect(page.getByText("It may send again.")).toBeVisible();
      expect(await say(page, key, "data", pressure())).toBe(200);
      expect(await say(page, key, "devices/error", { error_code: "CUFF_LEAK" })).toBe(200);
      await page.getByRole("button", { name: "Serviced today" }).click();
      await expect(page.getByText("Noted: serviced today.")).toBeVisible();
      await expect(page.getByText("CUFF_LEAK")).toBeVisible();

      await page.getByRole("button", { name: "Make a new key" }).click();
      const next = await page.getByLabel("Key", { exact: true }).inputValue();
      for (const works of [key, next]) expect(await say(page, works, "data", pressure())).toBe(200);
      await page.goto(device);
      await page.getByRole("link", { name: "Change", exact: true }).click();
      await page.getByLabel("Name", { exact: true }).fill("In the hall");
      await inspect(page, { scripts });
      await page.getByRole("button", { name: "Save" }).click();
      await expect(page.locator("h1")).toHaveText("In the hall");

      await page.getByRole("link", { name: "Replace it with another" }).click();
      await page.getByLabel("Name", { exact: true }).fill("The new one");
      await inspect(page, { scripts });
      await page.getByRole("button", { name: "Replace it" }).click();
      const last = await page.getByLabel("Key", { exact: true }).inputValue();
      expect(await say(page, next, "data", pressure())).toBe(401);
      expect(await say(page, last, "devices/verify")).toBe(200);
      await page.getByRole("link", { name: "I have kept it" }).click();
      await expect(page.getByText("Left upper arm")).toBeVisible();
      await page.getByRole("link", { name: "Remove", exact: true }).click();
      await inspect(page, { scripts });
      await page.getByRole("button", { name: "Remove it" }).click();
      await expect(page.getByText("It can send nothing more; what it has sent stays.")).toBeVisible();
      await inspect(page, { scripts });
      expect(await say(page, last, "data", pressure())).toBe(401);
    });

    test("all readings of a device are removed once that is confirmed", async ({ page }) => {
      await register(page);
      await page.goto("/patient/devices/new");
      await page.getByLabel("What is it?").selectOption("Blood pressure monitor");
      await page.getByLabel("Name", { exact: true }).fill("Borrowed");
      await page.getByRole("button", { name: "Add the device" }).click();
      const key = await page.getByLabel("Key", { exact: true }).inputValue();
      expect(await say(page, key, "devices/verify")).toBe(200);
      expect(await say(page, key, "data", pressure())).toBe(200);
      await page.getByRole("link", { name: "I have kept it" }).click();
      await inspect(page, { scripts });
      await page.getByRole("link", { name: "Remove all its readings" }).click();
      await expect(page.getByText("This cannot be taken back.")).toBeVisible();
      await inspect(page, { scripts });
      await page.getByRole("button", { name: "Remove all its readings" }).click();
      await expect(async () => {
        await page.reload();
        await expect(page.getByText("All readings that it had sent are removed.")).toBeVisible({ timeout: 1_000 });
      }).toPass();
      await inspect(page, { scripts });
      await page.goto("/patient/readings/all");
      await expect(page.getByText("128/82 mmHg")).toHaveCount(0);
    });

    test("a reading is entered with a wrong value, then a right one, and removed", async ({ page }) => {
      expectStatus(422);
      await register(page);
      await page.goto("/patient/readings");
      await page.getByRole("link", { name: "Enter a reading" }).click();
      await inspect(page, { scripts });
      await page.getByRole("link", { name: "Weight" }).click();
      await inspect(page, { scripts });
      const keep = page.getByRole("button", { name: "Keep it" });
      for (const [typed, message] of [
        ["much", "Enter a number, such as 72 or 36.6, not text."],
        ["6850", /^Enter a weight between [\d.]+ and [\d.]+ kg\.$/],
      ] as const) {
        await page.getByLabel("Weight").fill(typed);
        await keep.click();
        await expect(page.getByRole("alert").getByText(message)).toBeVisible();
        await expect(page.getByLabel("Weight")).toHaveValue(typed);
        await inspect(page, { scripts });
      }
      await page.getByLabel("Weight").fill("68,5");
      await page.getByLabel("Note").fill("after breakfast");
      await keep.click();
      await expect(page.getByText("Kept.")).toBeVisible();
      const row = page.getByRole("row").filter({ hasText: "68.5 kg" });
      await expect(row).toContainText("after breakfast");
      await inspect(page, { scripts });

      await page.getByRole("link", { name: "Enter another one like it" }).click();
      await page.getByRole("link", { name: "Something else" }).click();
      await page.getByRole("link", { name: "Blood pressure" }).click();
      await page.getByLabel("Upper number (systolic)").fill("80");
      await page.getByLabel("Lower number (diastolic)").fill("120");
      await keep.click();
      await expect(page.getByText("Enter an upper number that is above the lower one.").first()).toBeVisible();
      await page.getByLabel("Upper number (systolic)").fill("120");
      await page.getByLabel("Lower number (diastolic)").fill("80");
      await keep.click();
      const pair = page.getByRole("row").filter({ hasText: "120/80 mmHg" });
      await expect(pair).toBeVisible();

      await page.getByLabel("Kind", { exact: true }).selectOption("Weight");
      await page.getByRole("button", { name: "Show" }).click();
      await expect(pair).toBeHidden();
      await row.locator("summary").click();
      await inspect(page, { scripts });
      await row.getByRole("button", { name: /^Yes, remove it/ }).click();
      await expect(page.getByText("Removed.")).toBeVisible();
      await expect(row).toBeHidden();
    });
  });
}
