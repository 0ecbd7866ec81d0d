// Passkeys (WebAuthn). What needs one is shown where the browser knows them, at the one address where they work.
const knows = typeof globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON === "function";
const able = (element) => knows && element.dataset.passkeyOrigin === location.origin;

// What people read who can do something about it.
const PROBLEMS = {
  InvalidStateError: "This device has a passkey for your account already.",
  NotAllowedError: "We got no passkey: it was cancelled, or took too long. Please try again.",
};
const OTHER = "Your browser could not use a passkey here. Please try again, or choose another way.";

// Why the server asks no device, in its own words.
class Refusal extends Error {}

// What the device has signed for this form, as the server reads it; null: the server did not ask, and its page says why.
async function signed(form) {
  const answer = await fetch(form.dataset.asks, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (answer.redirected) return null;
  // A page instead of an answer for us is none.
  const { publicKey, problem } = await answer.json().catch(() => ({}));
  if (problem) throw new Refusal(problem);
  if (!publicKey) return null;
  const { credentials } = navigator;
  const credential = form.dataset.passkey === "create"
    ? await credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    : await credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  return JSON.stringify(credential);
}

async function send(form) {
  const button = form.querySelector("button");
  const problem = form.querySelector("[role=alert]");
  problem.hidden = true;
  button.disabled = true;
  try {
    // Without one the server says on its page why it did not ask.
    form.elements.credential.value = (await signed(form)) ?? "";
    form.submit();
  } catch (error) {
    problem.textContent = error instanceof Refusal ? error.message : PROBLEMS[error.name] ?? OTHER;
    problem.hidden = false;
    button.disabled = false;
  }
}

for (const element of document.querySelectorAll("[data-passkey-origin]")) {
  if (!able(element)) continue;
  element.hidden = false;
  for (const note of document.querySelectorAll("[data-passkey-note]")) note.hidden = true;
  if (!element.dataset.passkey) continue;
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    send(element);
  });
}
