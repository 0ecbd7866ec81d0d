// Says on every page of a patient that a reading needs attention, as soon as it does, and on the list of a doctor that
// alerts are not what they were. Only a page that is looked at listens; one that is looked at again hears at once how
// things are.
for (const place of document.querySelectorAll("[data-live]")) {
  const { live } = place.dataset;
  let stream;
  // What the page says itself need not be said twice.
  let told = place.dataset.told ?? document.querySelector("[data-alerts-shown]")?.dataset.alertsShown;

  const tell = ({ data }) => {
    if (data === told) return;
    told = data;
    const [severity] = data.split(" ");
    for (const shown of place.querySelectorAll(".notice")) shown.remove();
    const notice = place.querySelector(`template[data-severity="${severity}"]`);
    if (notice) place.append(notice.content.cloneNode(true));
  };

  const listen = () => {
    stream?.close();
    stream = document.hidden ? undefined : new EventSource(live);
    stream?.addEventListener("message", tell);
  };

  document.addEventListener("visibilitychange", listen);
  listen();
}
