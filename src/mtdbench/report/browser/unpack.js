// What the page holds in packed form, unpacked when it is first needed.

const unpacked = new Map();

function unpack(id) {
  if (!unpacked.has(id)) unpacked.set(id, inflate(document.getElementById(id).textContent.trim()));
  return unpacked.get(id);
}

async function inflate(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

let plotly;
function loadPlotly() {
  plotly ??= unpack("library-plotly").then((source) => {
    const script = document.createElement("script");
    script.textContent = source;
    document.head.appendChild(script);
    return window.Plotly;
  });
  return plotly;
}

async function loadDataTables() {
  const blob = new Blob([await unpack("library-datatables")], { type: "text/javascript" });
  const address = URL.createObjectURL(blob);
  const library = await import(address);
  URL.revokeObjectURL(address);
  return library.default;
}

const NOTHING = "–";

// Three significant digits, with an exponent where there would be many zeros.
function shortNumber(value) {
  if (value === null || value === undefined) return NOTHING;
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) < 1e-3 ? rounded.toExponential() : String(rounded);
}

// Text for a library that takes it for HTML.
const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");

function make(name, content, className) {
  const element = document.createElement(name);
  if (content !== undefined) element.textContent = content;
  if (className) element.className = className;
  return element;
}
