// Asks somebody who has been idle whether they are still there, and leaves the page when they have been signed out.
const { seconds, warning } = document.currentScript.dataset;
const dialog = document.getElementById("still-there");
// How often the server hears of somebody who types without sending anything.
const EVERY = 60_000;
// Where the pages of one browser tell each other when it is signed out.
const KEY = "signed-in-until";

let until;
let heard = Date.now();
let busy = false;

function goOn(seconds) {
  until = Date.now() + seconds * 1000;
  heard = Date.now();
  localStorage.setItem(KEY, until);
}

function leave() {
  const next = encodeURIComponent(location.pathname + location.search);
  location.replace(`/login?ended=1&next=${next}`);
}

async function stay() {
  busy = false;
  heard = Date.now();
  // Without an answer nothing changes: it is asked again at the next sign of somebody.
  const answer = await fetch("/session", { method: "POST" }).catch(() => null);
  if (answer?.redirected) leave();
  else if (answer?.ok) goOn(await answer.json());
}

function look() {
  const left = until - Date.now();
  if (left <= 0) leave();
  else if (busy && Date.now() - heard >= EVERY) stay();
  else if (left <= warning * 1000 && !dialog.open) dialog.showModal();
}

for (const sign of ["keydown", "pointerdown", "input"]) {
  addEventListener(sign, () => { busy = true; }, { capture: true, passive: true });
}
addEventListener("storage", ({ key, newValue }) => {
  if (key !== KEY || !newValue) return;
  until = Number(newValue);
  if (until - Date.now() > warning * 1000) dialog.close();
});
// However it is closed, somebody is there.
dialog.addEventListener("close", () => { if (until - Date.now() <= warning * 1000) stay(); });
dialog.querySelector("[data-dialog-close]").addEventListener("click", (event) => {
  event.preventDefault();
  dialog.close();
});
// A tab that was not looked at, and one that comes back as it was left.
document.addEventListener("visibilitychange", look);
addEventListener("pageshow", look);
goOn(seconds);
setInterval(look, 5_000);
