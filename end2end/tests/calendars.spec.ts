import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, expectStatus, fits, register, signIn, test } from "./clinic";

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("an address is made, shown once, replaced and switched off", async ({ page, request }) => {
      await register(page, "/account/calendar");
      await page.getByRole("button", { name: "Make an address" }).click();
      const address = page.getByLabel("Calendar address");
      await expect(address).toHaveAttribute("readonly", "");
      const first = await address.inputValue();
      await fits(page);
      const copy = page.getByRole("button", { name: "Copy the address" });
      if (scripts) {
        await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
        await copy.click();
        await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
        expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(first);
      } else {
        await expect(copy).toBeHidden();
      }
      const feed = await request.get(first);
      expect(feed.status()).toBe(200);
      expect(await feed.text()).toContain("BEGIN:VCALENDAR");

      await page.goto("/account/calendar");
      await expect(page.getByRole("heading", { name: "Your address is switched on" })).toBeVisible();
      await expect(page.getByLabel("Calendar address")).toHaveCount(0);
      await fits(page);
      await page.getByRole("button", { name: "Make a new address" }).click();
      const second = await page.getByLabel("Calendar address").inputValue();
      expect((await request.get(first)).status()).toBe(404);
      expect((await request.get(second)).status()).toBe(200);

      await page.getByRole("button", { name: "Switch off" }).click();
      await expect(page.getByText(/^Switched off\./)).toBeVisible();
      expect((await request.get(second)).status()).toBe(404);
    });
  });
}

/** A calendar on this machine that is taken for the next two weeks, until it is `gone`. */
async function calendar(): Promise<{ server: Server; address: string; go: () => void }> {
  let gone = false;
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
  const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:1", "SUMMARY:Private",
    `DTSTART;VALUE=DATE:${day(0)}`, `DTEND;VALUE=DATE:${day(14)}`, "END:VEVENT", "END:VCALENDAR", ""];
  const server = createServer((_, response) => {
    response.writeHead(gone ? 404 : 200, { "content-type": "text/calendar" }).end(gone ? "" : lines.join("\r\n"));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return { server, address: `http://127.0.0.1:${port}/a.ics`, go: () => (gone = true) };
}

test("a doctor keeps times free that another calendar needs", async ({ page }) => {
  expectStatus(422);
  const foreign = await calendar();
  try {
    // The doctor whose hours another test changes, one after the other.
    await signIn(page, "doctor2@demo.test");
    await page.goto("/doctor");
    const link = page.getByRole("link", { name: "Busy elsewhere" });
    if (!(await link.isVisible())) await page.locator(".side-nav-narrow summary").click();
    await link.click();
    await page.getByLabel("Address of your calendar").fill("http://192.168.1.1/a.ics");
    await page.getByRole("button", { name: "Use this calendar" }).click();
    await expect(page.getByLabel("Address of your calendar")).toHaveAttribute("aria-invalid", "true");
    await fits(page);

    await page.getByLabel("Address of your calendar").fill(foreign.address);
    await page.getByRole("button", { name: "Use this calendar" }).click();
    await expect(page.getByText(/^Saved\./)).toBeVisible();
    await expect(async () => {
      await page.goto("/doctor/calendar");
      await expect(page.getByText("1 time", { exact: true })).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 30_000 });
    await fits(page);

    // Another address of the same calendar, which has gone meanwhile.
    foreign.go();
    await page.getByLabel("Address of your calendar").fill(`${foreign.address}?2`);
    await page.getByRole("button", { name: "Use this calendar instead" }).click();
    await expect(async () => {
      await page.goto("/doctor/calendar");
      await expect(page.getByText(/The address answered 404\./)).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 30_000 });
    await fits(page);
    await page.getByRole("button", { name: "Switch off" }).click();
    await expect(page.getByText(/^Switched off\./)).toBeVisible();
    await expect(page.getByRole("button", { name: "Switch off" })).toHaveCount(0);
  } finally {
    foreign.server.close();
  }
});
