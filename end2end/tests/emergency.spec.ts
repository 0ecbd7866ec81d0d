import { expect, expectStatus, fits, mailTo, register, signIn, test } from "./clinic";

test.describe("with scripts off", () => {
  test.use({ javaScriptEnabled: false });

  test("a doctor opens a record in an emergency, its person hears of it, and somebody else reviews it", async ({ browser, page }) => {
    expectStatus(409);
    expectStatus(422);
    const patient = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    const email = await register(patient, "/account/health", "Berta", "Nunes");
    await patient.getByLabel("Allergies").fill("Penicillin");
    await patient.getByRole("button", { name: "Save" }).click();

    await signIn(page, "doctor@demo.test");
    await page.goto("/doctor/emergency");
    await fits(page);
    await page.getByRole("button", { name: "Open their record" }).click();
    await expect(page.getByLabel("Email of their account")).toHaveAttribute("aria-invalid", "true");
    await expect(page.getByLabel("Why is there no time to ask?")).toHaveAttribute("aria-invalid", "true");
    await page.getByLabel("Email of their account").fill(email);
    await page.getByLabel("Why is there no time to ask?").fill("Collapsed in the hall and does not wake up.");
    await page.getByRole("button", { name: "Open their record" }).click();

    await expect(page.locator("h1")).toHaveText("Berta Nunes");
    await expect(page.getByText("Open in an emergency until")).toBeVisible();
    await expect(page.getByText("Penicillin")).toBeVisible();
    await fits(page);
    const record = page.url();
    await page.goto("/doctor/emergency");
    await expect(page.getByRole("link", { name: "Berta Nunes" })).toBeVisible();
    await page.getByRole("link", { name: "Berta Nunes" }).click();
    await page.getByRole("button", { name: "Close it now" }).click();
    await expect(page.getByText("You no longer see that record.")).toBeVisible();
    await page.goto(record);
    await expect(page.getByText("Your hour with this record is over.")).toBeVisible();

    const told = await mailTo(patient, email, /opened a record in an emergency/);
    expect(told).toContain("Dr Inês Carvalho");
    expect(told).not.toContain("Collapsed");
    await patient.goto("/account/access-log");
    await expect(patient.getByText("Collapsed in the hall")).toBeVisible();
    await expect(patient.getByText("Not reviewed yet")).toBeVisible();
    await fits(patient);

    const admin = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await signIn(admin, "admin@demo.test");
    const mail = await mailTo(admin, "admin@demo.test", /emergency access is to be reviewed/);
    const sheet = /https?:\/\/[^\s"<]+(\/admin\/emergencies\/[0-9a-f-]{36})/.exec(mail)?.[1] ?? "";
    await admin.goto("/admin/emergencies");
    await fits(admin);
    await admin.goto(sheet);
    await expect(admin.getByText("Read the record in an emergency").first()).toBeVisible();
    await fits(admin);
    await admin.getByLabel("No, there was not reason enough").check({ force: true });
    await admin.getByRole("button", { name: "Give the review" }).click();
    await expect(admin.getByLabel("What you found")).toHaveAttribute("aria-invalid", "true");
    await admin.getByLabel("What you found").fill("She was awake and could have been asked.");
    await admin.getByRole("button", { name: "Give the review" }).click();
    await expect(admin.getByText("The person hears what you found.")).toBeVisible();

    await patient.reload();
    await expect(patient.getByText("there was not reason enough")).toBeVisible();
    await expect(patient.getByText("could have been asked")).toBeVisible();
  });
});

test("a doctor opens the record of somebody who comes to them, from the page of the visit", async ({ page }) => {
  await signIn(page, "doctor@demo.test");
  await page.goto("/doctor/week");
  await page.locator('a[href^="/visits/"]').first().click();
  await page.getByRole("link", { name: "Open the record" }).click();
  await expect(page.getByRole("heading", { name: "Visits with you" })).toBeVisible();
  await expect(page.getByText("Open in an emergency")).toHaveCount(0);
  await fits(page);
});
