// The table of all runs: sorting and pages by DataTables, details on demand, download as CSV.
// Cells are set by textContent alone, so that no result is ever taken for HTML.

const LONG = ["reason", "options", "note", "command"]; // a line each, first in the details
const SEARCHED = ["cell", "reason", "note", "options"]; // besides what is shown
const PAGE = 25;
const MOST_PRINTED = 1000;

function describeRun(columns, i) {
  const list = make("dl");
  const names = [...LONG.filter((name) => name in columns),
    ...Object.keys(columns).filter((name) => !LONG.includes(name))];
  for (const name of names) {
    const pair = list.appendChild(make("div", undefined, LONG.includes(name) ? "wide" : ""));
    pair.appendChild(make("dt", name));
    const value = columns[name][i];
    const text = typeof value === "number" ? String(Number(value.toPrecision(10))) : value ?? NOTHING;
    pair.appendChild(make("dd", text, name === "command" ? "code" : ""));
  }
  return list;
}

function runColumn({ name, heading, isText }, columns) {
  return {
    title: make("span", heading).outerHTML, className: isText ? "" : "n", type: "run",
    data: ({ i }, type) => {
      const value = columns[name][i];
      if (type === "display") return ""; // filled in by `createdCell`, as text
      if (type === "filter") return plain(shortNumber(value)); // DataTables decodes it as HTML
      return value;
    },
    createdCell: (cell, _, { i }) => {
      const text = shortNumber(columns[name][i]);
      if (name === "status") cell.appendChild(make("span", text, "pill is-" + text));
      else cell.textContent = text;
    },
  };
}

// What is not there comes last, in either direction; text with numbers sorts by them.
const collator = new Intl.Collator("en", { numeric: true });
const compareRuns = (sign) => (a, b) => {
  const missing = (a === null) - (b === null);
  if (missing || a === null) return missing;
  return sign * (typeof a === "number" ? a - b : collator.compare(a, b));
};

function csvText(columns, indices) {
  const names = Object.keys(columns);
  const quoted = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = indices.map((i) => names.map((name) => quoted(columns[name][i])).join(","));
  return [names.map(quoted).join(","), ...lines, ""].join("\n");
}

function download(name, text) {
  const link = make("a");
  link.download = name;
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function showRuns(DataTable, { columns, shown }) {
  const element = document.getElementById("table");
  DataTable.ext.type.order["run-asc"] = compareRuns(1);
  DataTable.ext.type.order["run-desc"] = compareRuns(-1);
  const count = columns.status.length;
  const hidden = SEARCHED.filter((name) => name in columns && !shown.some((c) => c.name === name));
  const table = new DataTable(element, {
    data: Array.from({ length: count }, (_, i) => ({ i })),
    columns: [
      { title: '<span class="hidden">details</span>', data: null, orderable: false,
        searchable: false, className: "screen", defaultContent:
          '<button type="button" aria-expanded="false" aria-label="details of the run">+</button>' },
      ...shown.map((column) => runColumn(column, columns)),
      ...hidden.map((name) => ({
        title: name, visible: false, data: ({ i }, type) => (type === "filter" ? plain(columns[name][i] ?? "") : ""),
      })),
    ],
    order: [], pageLength: PAGE, lengthMenu: [PAGE, 100, 500, { label: "all", value: -1 }],
    autoWidth: false,
    layout: { topStart: null, topEnd: null, bottomStart: ["pageLength"], bottomEnd: "paging" },
    language: { lengthMenu: "_MENU_ rows a page", emptyTable: "no run", zeroRecords: "no run" },
  });
  table.search.fixed("chosen", (_, { i }) => passes(columns, i));

  const tell = () => {
    const { recordsDisplay } = table.page.info();
    document.getElementById("count").textContent = `${recordsDisplay} of ${count} runs`;
  };
  table.on("draw", tell);
  filterListeners.push(() => table.draw());
  document.getElementById("find").addEventListener("input", ({ target }) =>
    table.search(target.value).draw());
  document.getElementById("filter").addEventListener("reset", () => table.search(""));
  document.getElementById("download").addEventListener("click", () => {
    const kept = table.rows({ search: "applied", order: "applied" }).data().toArray();
    download(document.title.replace(/[^\w.-]+/g, "-") + ".csv", csvText(columns, kept.map(({ i }) => i)));
  });
  element.tBodies[0].addEventListener("click", ({ target }) => {
    const button = target.closest("td button");
    if (!button) return;
    const row = table.row(button.closest("tr"));
    const open = !row.child.isShown();
    if (open) row.child(describeRun(columns, row.data().i), "details").show();
    else row.child.remove();
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "−" : "+";
  });
  printWhole(table);
  tell();
  return table;
}

function printWhole(table) {
  let length = PAGE;
  addEventListener("beforeprint", () => {
    length = table.page.len();
    table.page.len(MOST_PRINTED).draw();
  });
  addEventListener("afterprint", () => table.page.len(length).draw());
}
