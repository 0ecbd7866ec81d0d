import { createHmac } from "node:crypto";
import { type Page } from "@playwright/test";
import { expect, expectStatus, inspect, mailTo, register, test } from "./clinic";

const PASSWORD = "seven green lamps dancing";

/** The code that an app with this key shows so many steps of 30 seconds from now (RFC 6238). */
function appCode(key: string, steps = 0) {
  const letters = [...key.replaceAll(" ", "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c));
  const bits = letters.map((value) => value.toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const tag = createHmac("sha1", secret).update(step).digest();
  return String((tag.readUInt32BE(tag[19]! & 15) & 0x7fffffff) % 1e6).padStart(6, "0");
}

async function enterPassword(page: Page, email: string) {
  await page.context().clearCookies();
  await page.goto("/login?next=/account/security");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/login\/code$/);
}

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("codes from an app are switched on, asked for at sign-in, and switched off", async ({ page }) => {
      test.setTimeout(90_000);
      expectStatus(422);
      const email = await register(page, "/account/security");
      await inspect(page, { scripts });
      await page.getByRole("button", { name: "Set up codes" }).click();
      await expect(page.getByRole("img", { name: "QR code for your app" })).toBeVisible();
      await inspect(page, { scripts });
      const key = await page.locator("#key").inputValue();
      await page.getByLabel("Code", { exact: true }).fill("12345");
      await page.getByRole("button", { name: "Switch codes on" }).click();
      await expect(page.getByRole("alert")).toContainText("Enter the six digits");
      await page.getByLabel("Code", { exact: true }).fill(appCode(key));
      await page.getByRole("button", { name: "Switch codes on" }).click();
      await expect(page.locator("h1")).toHaveText("Your recovery codes");
      const recovery = await page.locator("main li code").allTextContents();
      expect(recovery).toHaveLength(10);
      await inspect(page, { scripts });
      await page.getByRole("link", { name: "I have kept them" }).click();
      await expect(page.getByText("10 are left")).toBeVisible();
      expect(await mailTo(page, email, /asks for a code/)).toContain("were switched on");

      await enterPassword(page, email);
      await inspect(page, { scripts });
      await page.getByLabel("Code from your app").fill("000000");
      await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
      await expect(page.getByRole("alert")).toContainText("That code does not fit");
      await inspect(page, { scripts });
      await page.getByLabel("Code from your app").fill(appCode(key, 1));
      await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
      await expect(page).toHaveURL(/\/account\/security$/);

      await enterPassword(page, email);
      await page.getByRole("link", { name: "Use a recovery code" }).click();
      await page.getByLabel("Recovery code").fill(recovery[0]!.toLowerCase().replaceAll("-", " "));
      await inspect(page, { scripts });
      await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
      await expect(page.getByText("9 are left")).toBeVisible();
      await inspect(page, { scripts });

      await page.getByRole("link", { name: "Switch off" }).click();
      await page.getByRole("link", { name: "Use a recovery code" }).click();
      await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
      await page.getByLabel("Recovery code").fill(recovery[0]!);
      await page.getByRole("button", { name: "Switch off" }).click();
      await expect(page.getByRole("alert")).toContainText("Each works once");
      await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
      await page.getByLabel("Recovery code").fill(recovery[1]!);
      await page.getByRole("button", { name: "Switch off" }).click();
      await expect(page.getByText("Your password alone opens your account")).toBeVisible();
    });
  });
}
