// What every page does beside being read. Nothing here is needed to use one.

// After a form that was not right, keyboard and screen reader begin at what was wrong.
document.getElementById("error-summary")?.focus();

// Tells the server in which zone the viewer's clock runs, so that it can show times in it.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || document.documentElement.dataset.zone === zone) return;
  const entry = `zone=${encodeURIComponent(zone)}`;
  if (document.cookie.split("; ").includes(entry)) return;
  document.cookie = `${entry}; path=/; max-age=31536000; samesite=lax`;
  // A page that shows times shows them again, unless somebody has begun to use it.
  const kept = document.cookie.split("; ").includes(entry);
  const idle = document.activeElement === null || document.activeElement === document.body;
  if (kept && idle && document.querySelector("time")) location.reload();
})();

// Islands that only help with typing and pressing come at the first sign of somebody.
(() => {
  const islands = document.getElementById("islands");
  const signs = ["focusin", "keydown", "pointerdown", "pointermove"];
  const wake = () => {
    for (const sign of signs) removeEventListener(sign, wake, true);
    document.head.append(islands.content);
  };
  for (const sign of islands ? signs : []) addEventListener(sign, wake, true);
})();
