// What pages do beside being read; none needs it.

// After a form that was not right, keyboard and screen reader begin at what was wrong.
document.getElementById("error-summary")?.focus();

// A button that copies a field is shown where browsers let it.
for (const button of navigator.clipboard ? document.querySelectorAll("[data-copies]") : []) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copies);
    field.select();
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
  });
}

// Browsers print without this button, too.
for (const button of document.querySelectorAll("[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// Tells the server the zone of the viewer's clock. True when the page comes again for that.
function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || document.documentElement.dataset.zone === zone) return false;
  const entry = `zone=${encodeURIComponent(zone)}`;
  if (document.cookie.split("; ").includes(entry)) return false;
  document.cookie = `${entry}; path=/; max-age=31536000; samesite=lax`;
  // A page that shows times shows them again, unless somebody has begun to use it.
  const kept = document.cookie.split("; ").includes(entry);
  const idle = document.activeElement === null || document.activeElement === document.body;
  if (!kept || !idle || !document.querySelector("time")) return false;
  location.reload();
  return true;
}

// Wakes what moves: none of our islands has another one in it.
async function wake({ js, wasm }) {
  const code = fetch(wasm);
  const module = await import(js);
  await module.default({ module_or_path: code });
  module.hydrate();
  for (const island of document.querySelectorAll("leptos-island")) module[island.dataset.component](island);
}

// At once, or at the first sign of somebody where islands only help with typing and pressing.
function wakeInTime(islands) {
  if (islands.waking === "at-once") return wake(islands);
  const signs = ["focusin", "keydown", "pointerdown", "pointermove"];
  const begin = (event) => {
    // A pointer that lies where the page came up moves without having moved.
    if (event.type === "pointermove" && !event.movementX && !event.movementY) return;
    for (const sign of signs) removeEventListener(sign, begin, true);
    wake(islands);
  };
  for (const sign of signs) addEventListener(sign, begin, true);
}

const islands = { ...document.currentScript.dataset };
if (!tellZone() && islands.waking) wakeInTime(islands);
