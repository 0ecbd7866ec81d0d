// Tells the server in which zone the viewer's clock runs, so that it can show times in it.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || document.documentElement.dataset.zone === zone) return;
  const entry = `zone=${encodeURIComponent(zone)}`;
  if (document.cookie.split("; ").includes(entry)) return;
  document.cookie = `${entry}; path=/; max-age=31536000; samesite=lax`;
  // A page that shows times shows them again, unless somebody has begun to type in it.
  const kept = document.cookie.split("; ").includes(entry);
  if (kept && document.querySelector("time") && !document.querySelector("input:focus, textarea:focus, select:focus")) location.reload();
})();
