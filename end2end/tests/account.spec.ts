import { fileURLToPath } from "node:url";
import { bookLater, expect, expectStatus, freshEmail, inspect, mailTo, register, signIn, test } from "./clinic";

const FACE = fileURLToPath(new URL("../face.png", import.meta.url));

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("what somebody says of themselves is kept, seen by their doctor, and gone with the account", async ({ page, browser }) => {
      expectStatus(422);
      const email = await register(page, "/account/profile", "Lia", "Matos");
      await page.getByLabel("Date of birth").fill("1990-05-31");
      await page.locator("[name=phone_number]").fill("none");
      await page.getByRole("button", { name: "Save" }).click();
      await expect(page.getByRole("alert")).toContainText("Enter a phone number");
      await inspect(page, { scripts });
      await page.locator("[name=phone_number]").fill("+351 912 345 678");
      await page.getByRole("button", { name: "Save" }).click();
      await expect(page.getByText("Saved.")).toBeVisible();

      await page.goto("/account/health");
      await page.getByLabel("Allergies").fill("Penicillin: rash");
      await page.getByLabel("Height").fill("172");
      await page.getByLabel("Weight").fill("68,5");
      await page.getByRole("button", { name: "Save" }).click();
      await expect(page.getByText("Body mass index: 23.2")).toBeVisible();
      await inspect(page, { scripts });

      await page.goto("/account/picture");
      await page.getByRole("button", { name: "Upload picture" }).click();
      await expect(page.getByRole("alert")).toContainText("Choose a picture first.");
      await page.getByLabel("Picture", { exact: true }).setInputFiles(FACE);
      await page.getByRole("button", { name: "Upload picture" }).click();
      await expect(page.getByText("This is your picture now.")).toBeVisible();
      await expect(page.locator("main img.avatar")).toHaveJSProperty("complete", true);
      await inspect(page, { scripts });

      await bookLater(page);
      const visit = new URL(page.url()).pathname;
      const other = await browser.newContext({ javaScriptEnabled: scripts });
      const doctor = await other.newPage();
      await signIn(doctor, "doctor@demo.test");
      await doctor.goto(visit);
      await expect(doctor.getByText("Penicillin: rash")).toBeVisible();
      await expect(doctor.locator("main img.avatar")).toBeVisible();
      await inspect(doctor, { scripts });
      await other.close();

      await page.goto("/account/close");
      await expect(page.getByText("You have coming visits")).toBeVisible();
      await page.goto(visit);
      await page.getByRole("link", { name: "Cancel visit" }).click();
      await page.getByRole("button", { name: "Cancel this visit" }).first().click();
      await expect(page.getByText("Your visit is cancelled.")).toBeVisible();

      const taken = await (await page.request.get("/account/data.json")).json();
      expect(taken.health.allergies).toBe("Penicillin: rash");
      expect(taken.visits).toHaveLength(1);
      await page.goto("/account/data/read");
      await expect(page.getByText("Penicillin: rash")).toBeVisible();
      await inspect(page, { scripts });

      await page.goto("/account/close");
      await inspect(page, { scripts });
      await page.getByLabel("Your password", { exact: true }).fill("seven green lamps dancing");
      await page.getByRole("button", { name: "Close my account" }).click();
      await expect(page.locator("h1")).toHaveText("Your account is closed");
      await page.goto("/account/profile");
      await expect(page).toHaveURL(/\/login/);
      await mailTo(page, email, /Your account is closed/);
    });

    test("an address is changed by the link to the new one, and taken back by the link to the old", async ({ page }) => {
      expectStatus(422);
      const [old, next] = [await register(page, "/account/profile", "Lia", "Matos"), freshEmail()];
      await page.getByRole("link", { name: "Change your address" }).click();
      await page.getByLabel("New address").fill(next);
      await page.getByLabel("Your password", { exact: true }).fill("eight green lamps");
      await page.getByRole("button", { name: "Send the link" }).click();
      await expect(page.getByRole("alert")).toContainText("That is not your password.");
      await inspect(page, { scripts });
      await page.getByLabel("Your password", { exact: true }).fill("seven green lamps dancing");
      await page.getByRole("button", { name: "Send the link" }).click();
      await expect(page.locator("h1")).toHaveText("Check your mail");
      const link = async (email: string, subject: RegExp) => /\/address[/a-z]*\?token=[\w-]+/.exec(await mailTo(page, email, subject))![0];

      await page.goto(await link(next, /Confirm your new address/));
      await page.getByRole("button", { name: "Use this address" }).click();
      await expect(page.locator("h1")).toHaveText("Your address is changed");
      await page.goto("/account/profile");
      await expect(page.getByText(next)).toBeVisible();

      await page.goto(await link(old, /The address of your account was changed/));
      await inspect(page, { scripts });
      await page.getByRole("button", { name: "Take it back" }).click();
      await expect(page.locator("h1")).toHaveText("Your account has its old address again");
      await page.goto("/account/profile");
      await expect(page).toHaveURL(/\/login/);
    });
  });
}
