import { type Page } from "@playwright/test";
import { expect, expectStatus, fits, inspect, mailTo, openDoctor, register, test } from "./clinic";

/** The form to invite somebody; who they are is asked first, unless it was a moment ago. */
async function openForm(page: Page) {
  await page.goto("/account/proxies");
  await page.getByRole("link", { name: "Let somebody act for you" }).click();
  if (/\/account\/confirm/.test(page.url())) {
    await page.getByLabel("Password", { exact: true }).fill("seven green lamps dancing");
    await page.getByRole("main").getByRole("button").last().click();
  }
  await expect(page.locator("h1")).toHaveText("Let somebody act for you");
}

for (const scripts of [true, false]) {
  test.describe(`with scripts ${scripts ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled: scripts });

    test("somebody is invited, acts, is seen to act, and is stopped", async ({ browser, page, colorScheme }) => {
      expectStatus(404);
      expectStatus(422);
      await register(page, "/account/health", "Berta", "Nunes");
      await page.getByLabel("Allergies").fill("Penicillin");
      await page.getByRole("button", { name: "Save" }).click();
      const other = await (await browser.newContext({ javaScriptEnabled: scripts, colorScheme })).newPage();
      const email = await register(other, "/patient", "Rui", "Costa");

      await page.goto("/account/proxies");
      await inspect(page, { scripts });
      await openForm(page);
      await inspect(page, { scripts });
      await page.getByLabel("Their email address").fill(email);
      await page.getByRole("button", { name: "Send the invitation" }).click();
      await expect(page.getByText("Choose at least one thing that they may do.").first()).toBeVisible();
      await inspect(page, { scripts });
      await page.getByLabel("Book, move and cancel visits for you").check({ force: true });
      await page.getByLabel("Read your health profile").check({ force: true });
      await page.getByRole("button", { name: "Send the invitation" }).click();
      await expect(page.getByText("We write to that address, without your name")).toBeVisible();
      await inspect(page, { scripts });

      const mail = await mailTo(other, email, /asks you to act/);
      expect(mail).not.toContain("Berta");
      await other.goto(/\/proxies\/invitation\?token=[-\w]+/.exec(mail)?.[0] ?? "");
      await expect(other.locator("h1")).toHaveText("Act for Berta Nunes?");
      await inspect(other, { scripts });
      await other.getByRole("button", { name: "Accept" }).click();
      await expect(other.getByText("You find what you may do below.")).toBeVisible();
      await inspect(other, { scripts });

      await openDoctor(other);
      await other.getByRole("link", { name: "Later week" }).click();
      await other.locator(".time").first().click();
      await other.getByText("Video", { exact: true }).click();
      await other.getByText("Berta Nunes", { exact: true }).first().click();
      await other.getByLabel("What is it about?").fill("Vaccination");
      await fits(other);
      await other.getByRole("button", { name: /this visit$/ }).click();
      await expect(other).toHaveURL(/\/visits\/.*booked=1/);
      const visit = new URL(other.url()).pathname;
      await inspect(other, { scripts });
      await other.goto("/patient");
      await expect(other.getByText("For Berta Nunes")).toBeVisible();
      await other.goto("/account/proxies");
      await other.getByRole("link", { name: "Health profile of Berta Nunes" }).click();
      await expect(other.getByText("Penicillin")).toBeVisible();
      await inspect(other, { scripts });

      await page.goto("/account/access-log?who=others");
      for (const deed of ["Booked a visit", "Read allergies, conditions and medicines"]) {
        await expect(page.getByRole("row", { name: "Rui Costa" }).filter({ hasText: deed }).first()).toBeVisible();
      }
      await page.goto("/account/proxies");
      await expect(page.getByText("Acts for you", { exact: true })).toBeVisible();
      await inspect(page, { scripts });
      await page.getByRole("button", { name: "Stop access Rui Costa" }).click();
      await expect(page.getByText("From now on nothing can be done by that access.")).toBeVisible();
      expect((await other.goto(visit))?.status()).toBe(404);
      await other.goto("/account/proxies");
      await expect(other.getByText("Nobody has asked you to.")).toBeVisible();
      await page.goto(visit);
      await page.getByRole("link", { name: "Cancel visit" }).click();
      await page.getByRole("button", { name: "Cancel this visit" }).click();
      await expect(page.getByText("Your visit is cancelled.")).toBeVisible();
    });
  });
}
