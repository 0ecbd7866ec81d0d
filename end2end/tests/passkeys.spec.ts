import { type Page } from "@playwright/test";
import { expect, expectStatus, fits, inspect, mailTo, makeAccount, test } from "./clinic";

const PASSWORD = "seven green lamps dancing";

// Passkeys belong to a name: the server that tests know by its number is `localhost`, too.
const SITE = (process.env.BASE_URL ?? "http://127.0.0.1:3000").replace("127.0.0.1", "localhost");
test.use({ baseURL: SITE });

/** A device of its own in the browser (WebAuthn's virtual authenticator), which agrees to everything. */
async function device(page: Page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const add = async () =>
    (
      await devtools.send("WebAuthn.addVirtualAuthenticator", {
        options: {
          protocol: "ctap2",
          transport: "internal",
          hasResidentKey: true,
          hasUserVerification: true,
          isUserVerified: true,
          automaticPresenceSimulation: true,
        },
      })
    ).authenticatorId;
  return { devtools, add, id: await add() };
}

/** Somebody new on the page of their security. */
async function newcomer(page: Page) {
  await page.goto("/register?next=/account/security");
  const email = await makeAccount(page);
  await expect(page).toHaveURL(`${SITE}/account/security`);
  return email;
}

async function addPasskey(page: Page, name: string) {
  await page.goto("/account/security");
  await page.getByRole("link", { name: "Add a passkey" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Add the passkey" }).click();
}

/** Adds the first one; the recovery codes that come with it. */
async function firstPasskey(page: Page) {
  await addPasskey(page, "My laptop");
  await expect(page.locator("h1")).toHaveText("Your recovery codes");
  const recovery = await page.locator("main li code").allTextContents();
  expect(recovery).toHaveLength(10);
  return recovery;
}

async function signOut(page: Page) {
  await page.context().clearCookies();
  await page.goto("/login?next=/account/security");
}

async function enterPassword(page: Page, email: string) {
  await signOut(page);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("main").getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page).toHaveURL(/\/login\/code$/);
}

test("a passkey is added, opens the account, and is removed", async ({ page }) => {
  for (const status of [400, 422]) expectStatus(status);
  await device(page);
  const email = await newcomer(page);
  await inspect(page);
  await addPasskey(page, " ");
  await expect(page.getByRole("alert").first()).toContainText("Enter a name");
  await inspect(page);
  await firstPasskey(page);
  await inspect(page);
  expect(await mailTo(page, email, /passkey was added/)).toContain("without your password");

  await signOut(page);
  await inspect(page);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page).toHaveURL(`${SITE}/account/security`);
  await expect(page.getByText("My laptop", { exact: true }).first()).toBeVisible();
  await expect(page.getByText("Last used")).toBeVisible();
  await expect(page.getByText("10 are left")).toBeVisible();
  await inspect(page);

  await page.getByRole("link", { name: "Remove My laptop" }).click();
  await inspect(page);
  await page.getByRole("button", { name: "Remove it" }).click();
  await expect(page.getByText("The passkey is removed")).toBeVisible();
  await expect(page.getByText("My laptop", { exact: true }).first()).toBeHidden();
  expect(await mailTo(page, email, /passkey was removed/)).toContain("no more");
});

test("a passkey that was removed opens nothing", async ({ page }) => {
  expectStatus(409);
  await device(page);
  await newcomer(page);
  await firstPasskey(page);
  await page.goto("/account/security");
  await page.getByRole("link", { name: "Remove My laptop" }).click();
  await page.getByRole("button", { name: "Remove it" }).click();
  await signOut(page);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByRole("alert").first()).toContainText("That passkey does not fit");
  await inspect(page);
});

test("whoever has a passkey is asked for it after the password, and once more before what matters", async ({ page }) => {
  await device(page);
  const email = await newcomer(page);
  const recovery = await firstPasskey(page);
  await enterPassword(page, email);
  await expect(page.locator("h1")).toHaveText("Use your passkey");
  await inspect(page);
  await page.getByRole("button", { name: "Sign in with your passkey" }).click();
  await expect(page).toHaveURL(`${SITE}/account/security`);

  await page.goto("/account/confirm?next=/account/sessions");
  await inspect(page);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page).toHaveURL(`${SITE}/account/sessions`);

  await enterPassword(page, email);
  await page.getByRole("link", { name: "Use a recovery code" }).click();
  await page.getByLabel("Recovery code").fill(recovery[0]!);
  await inspect(page);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("9 are left")).toBeVisible();
  await page.getByRole("link", { name: "Make new recovery codes" }).click();
  await inspect(page);
  await page.getByRole("button", { name: "Make new recovery codes" }).click();
  await expect(page.locator("main li code")).toHaveCount(10);
});

test("a device is asked in vain twice for one account, and when nobody agrees", async ({ page }) => {
  const { devtools, id, add } = await device(page);
  await newcomer(page);
  await firstPasskey(page);
  await addPasskey(page, "The same");
  await expect(page.getByRole("alert")).toContainText("has a passkey for your account already");
  await inspect(page);
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId: id, isUserVerified: false });
  await signOut(page);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByRole("alert")).toContainText("We got no passkey");
  await inspect(page);
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId: id, isUserVerified: true });
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page).toHaveURL(`${SITE}/account/security`);
  await devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: id });
  await add();
  await addPasskey(page, "My phone");
  await expect(page.getByText("Your passkey is added.")).toBeVisible();
  await expect(page.getByText("My phone", { exact: true }).first()).toBeVisible();
});

test("nobody keeps more than ten, and the page says so where it is asked", async ({ page }) => {
  expectStatus(409);
  const { devtools, id, add } = await device(page);
  await newcomer(page);
  await firstPasskey(page);
  // Two tabs, of which one shows the form from before.
  const form = await page.context().newPage();
  await form.goto("/account/security/passkeys/new");
  // A page behind another one is given no passkey.
  await page.bringToFront();
  let last = id;
  for (let count = 2; count <= 10; count += 1) {
    await devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: last });
    last = await add();
    await addPasskey(page, `Phone ${count}`);
    await expect(page.getByText("Your passkey is added.")).toBeVisible();
  }
  await form.bringToFront();
  await form.getByLabel("Name").fill("One more");
  await form.getByRole("button", { name: "Add the passkey" }).click();
  await expect(form.getByRole("alert")).toContainText("ten passkeys");
  await expect(form.getByRole("button", { name: "Add the passkey" })).toBeEnabled();
  await inspect(form);
});

test("what a device has signed opens nothing twice, nor in another browser", async ({ page, browser }) => {
  await device(page);
  await newcomer(page);
  await firstPasskey(page);
  await signOut(page);
  // Instead of being sent, what was signed is kept.
  const signed = await page.evaluate(async () => {
    const answer = await fetch("/login/passkey", { method: "POST" });
    const { publicKey } = await answer.json();
    const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
    return JSON.stringify(await navigator.credentials.get({ publicKey: options }));
  });
  const form = { with: "passkey", credential: signed, next: "/account/security" };
  const show = (from: Page) => from.request.post("/login", { form, headers: { origin: SITE }, maxRedirects: 0 });
  const elsewhere = await (await browser.newContext({ baseURL: SITE })).newPage();
  expect((await show(elsewhere)).status()).toBe(409);
  // Even where something else was asked.
  await elsewhere.goto("/login");
  await elsewhere.evaluate(() => fetch("/login/passkey", { method: "POST" }).then((answer) => answer.text()));
  expect((await show(elsewhere)).status()).toBe(409);
  await elsewhere.context().close();
  expect((await show(page)).status()).toBe(303);
  await page.context().clearCookies();
  expect((await show(page)).status()).toBe(409);
});

test("somebody else's passkey does not open the second step", async ({ page }) => {
  expectStatus(409);
  const { devtools, id, add } = await device(page);
  const email = await newcomer(page);
  await firstPasskey(page);
  const { credentials } = await devtools.send("WebAuthn.getCredentials", { authenticatorId: id });
  await devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: id });
  await page.context().clearCookies();
  const other = await add();
  await newcomer(page);
  await firstPasskey(page);
  // A device that gives the other one's key out as ours.
  const theirs = (await devtools.send("WebAuthn.getCredentials", { authenticatorId: other })).credentials[0]!;
  await devtools.send("WebAuthn.clearCredentials", { authenticatorId: other });
  await devtools.send("WebAuthn.addCredential", {
    authenticatorId: other,
    credential: { ...credentials[0]!, privateKey: theirs.privateKey, signCount: 50 },
  });
  await enterPassword(page, email);
  await page.getByRole("button", { name: "Sign in with your passkey" }).click();
  await expect(page.getByRole("alert").first()).toContainText("That passkey does not fit");
  await expect(page).toHaveURL(/\/login\/code$/);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("no button promises what it cannot do, and a sentence says what it takes", async ({ page }) => {
    await newcomer(page);
    await expect(page.getByRole("link", { name: "Add a passkey" })).toBeHidden();
    await expect(page.getByText("in a browser that knows passkeys, with scripts switched on")).toBeVisible();
    await page.goto("/account/security/passkeys/new");
    await expect(page.getByRole("button", { name: "Add the passkey" })).toBeHidden();
    await expect(page.getByText("in a browser that knows passkeys, with scripts switched on")).toBeVisible();
    await fits(page);
    await page.context().clearCookies();
    await page.goto("/login");
    await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toBeHidden();
  });
});

test("at an address without a name the page says where passkeys work", async ({ page }) => {
  test.skip(!(process.env.BASE_URL ?? "").includes("127.0.0.1"), "only on this machine");
  await page.goto(`${process.env.BASE_URL}/register?next=/account/security`);
  await makeAccount(page);
  await expect(page.getByRole("link", { name: "Add a passkey" })).toBeHidden();
  await expect(page.getByRole("link", { name: SITE })).toBeVisible();
});
