// The page's own script: tables that sort, curves that answer, one filter for all of it.

async function start() {
  const [DataTable, text] = await Promise.all([loadDataTables(), unpack("runs-data")]);
  DataTable.ext.errMode = "throw";
  const runs = JSON.parse(text);
  const table = showRuns(DataTable, runs);
  for (const element of document.querySelectorAll("table.sortable"))
    new DataTable(element, { paging: false, searching: false, info: false, order: [], autoWidth: false });
  for (const box of document.querySelectorAll(".curves")) prepareChart(box, runs);
  choose();
  document.documentElement.dataset.ready = String(table.page.info().recordsTotal);
}

// After the first paint: what can be read does not wait for what can be sorted.
requestAnimationFrame(() => setTimeout(() => start().catch((error) => {
  document.getElementById("count").textContent = "the table needs a newer browser: " + error.message;
})));
