import { expect, expectStatus, inspect, mailTo, register, test } from "./clinic";

/** A number that nobody has used, as people write it and as it is sent to. */
function freshNumber() {
  const digits = String(Math.floor(Math.random() * 1e6)).padStart(6, "0");
  return { typed: `+351 912 ${digits.slice(0, 3)} ${digits.slice(3)}`, sentTo: `+351912${digits}` };
}

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("a number is proven by the code from a text message, and another one is not", async ({ page }) => {
      expectStatus(422);
      expectStatus(409);
      const { typed, sentTo } = freshNumber();
      await register(page, "/account/profile", "Rui", "Faria");
      await page.getByRole("link", { name: "Your phone number" }).click();
      await expect(page.getByText("We have no number of yours")).toBeVisible();
      await page.getByLabel("Phone number").fill("912 345 678");
      await page.getByRole("button", { name: "Save number" }).click();
      await expect(page.getByRole("alert")).toContainText("its country code");
      await expect(page.getByLabel("Phone number")).toHaveValue("912 345 678");
      await inspect(page, { scripts });

      await page.getByLabel("Phone number").fill(typed);
      await page.getByRole("button", { name: "Save number" }).click();
      await expect(page.getByText("Not confirmed")).toBeVisible();
      await inspect(page, { scripts });
      await page.getByRole("button", { name: "Send a code" }).click();
      await expect(page.getByText("A code is on its way")).toBeVisible();
      const code = /(\d{6}) is your code/.exec(await mailTo(page, sentTo, /is your code/))?.[1] ?? "";
      const wrong = code === "000000" ? "000001" : "000000";
      await page.getByLabel("Code").fill(wrong);
      await page.getByRole("button", { name: "Confirm" }).click();
      await expect(page.getByRole("alert")).toContainText("not the newest code");
      await expect(page.getByLabel("Code")).toHaveValue(wrong);
      await inspect(page, { scripts });
      await page.getByRole("button", { name: "Send a new code" }).click();
      await expect(page.getByRole("alert")).toContainText("less than a minute ago");

      await page.getByLabel("Code").fill(`${code.slice(0, 3)} ${code.slice(3)}`);
      await page.getByRole("button", { name: "Confirm" }).click();
      await expect(page.getByText("this number is yours")).toBeVisible();
      await expect(page.getByText("Confirmed", { exact: true })).toBeVisible();
      await inspect(page, { scripts });
      await page.goto("/account/profile");
      await expect(page.getByRole("link", { name: "confirm it" })).toHaveCount(0);

      await page.goto("/account/phone");
      await page.getByText("Change your number").click();
      await page.getByLabel("Phone number").fill(freshNumber().typed);
      await page.getByRole("button", { name: "Save number" }).click();
      await expect(page.getByText("Not confirmed")).toBeVisible();
      await page.goto("/account/profile");
      await expect(page.getByRole("link", { name: "confirm it" })).toBeVisible();

      await page.goto(`/dev/mail?to=${encodeURIComponent(sentTo)}`);
      await expect(page.getByText("Text message", { exact: true })).toBeVisible();
      await page.getByRole("link", { name: code }).click();
      await expect(page.locator("h1")).toHaveText("Text message");
      await inspect(page, { scripts });
    });
  });
}
