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

function shortNumber(value) {
  return typeof value === "number" && !Number.isInteger(value)
    ? String(Number(value.toPrecision(3)))
    : value === null || value === undefined ? NOTHING : String(value);
}

// Text for a library that takes it for HTML.
const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");

function make(name, content, className) {
  const element = document.createElement(name);
  if (content !== undefined) element.textContent = content;
  if (className) element.className = className;
  return element;
}
