// One choice of sweep, estimator and status for the whole page.

const FILTERED = ["sweep", "estimator", "status"];
const chosen = Object.fromEntries(FILTERED.map((name) => [name, ""]));
const filterListeners = [];

function passes(columns, i) {
  return FILTERED.every((name) => !chosen[name] || columns[name][i] === chosen[name]);
}

function choose() {
  for (const name of FILTERED) chosen[name] = document.getElementById("by-" + name).value;
  for (const section of document.querySelectorAll("section[data-sweep]"))
    section.hidden = Boolean(chosen.sweep) && section.dataset.sweep !== chosen.sweep;
  filterListeners.forEach((listener) => listener());
}

for (const name of FILTERED) document.getElementById("by-" + name).addEventListener("change", choose);
document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("filter").addEventListener("reset", () => setTimeout(choose));
