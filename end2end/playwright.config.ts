import { defineConfig } from "@playwright/test";

/** Real journeys in a real browser, on a phone and on a desk. */
export default defineConfig({
  testDir: "./tests",
  outputDir: "./results",
  workers: 1,
  retries: 0,
  // How long something may take is measured elsewhere: here a busy machine must not look like a fault.
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  use: {
    baseURL: process.env.BASE_URL ?? "http://127.0.0.1:3000",
    locale: "en-GB",
    timezoneId: "Europe/Lisbon",
    // Tracing takes a third of the time; `tools/end2end <spec> --trace on` shows a journey step by step.
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH || undefined,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "phone", use: { viewport: { width: 360, height: 740 } } },
    {
      name: "desk",
      use: { viewport: { width: 1440, height: 900 } },
      // Without scripts a page is the same at every width: there the phone's journeys show the rest.
      grepInvert: /^(?!.*\b(book|hours|live|search|staff)\.spec).*(without scripts|with scripts off)/,
    },
  ],
});
