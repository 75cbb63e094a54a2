// Light, dark, or as the system has it; remembered where the browser allows it.

const THEMES = ["auto", "light", "dark"];
const themeListeners = [];

function storedTheme() {
  try { return localStorage.getItem("mtdbench-theme") ?? "auto"; } catch { return "auto"; }
}

function setTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.getElementById("theme").textContent = "theme: " + theme;
  try { localStorage.setItem("mtdbench-theme", theme); } catch { /* a page from disk, at times */ }
  themeListeners.forEach((listener) => listener());
}

document.getElementById("theme").addEventListener("click", () => {
  const now = document.documentElement.dataset.theme ?? "auto";
  setTheme(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
  themeListeners.forEach((listener) => listener()));
setTheme(THEMES.includes(storedTheme()) ? storedTheme() : "auto");
