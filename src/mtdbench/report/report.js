"use strict";
// Sorting, filtering and details of the table of all runs. Text goes in by textContent only.
(() => {
  const table = document.getElementById("table");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);
  const details = JSON.parse(document.getElementById("details").textContent);
  const index = new Map(rows.map((row, i) => [row, i]));
  const opened = new Map();
  const collator = new Intl.Collator("en", { numeric: true });
  const column = (name) => heads.findIndex((head) => head.textContent.trim() === name);
  const text = (row, k) => row.cells[k].textContent;

  const long = ["reason", "options", "note", "command"]; // a line each, first in the details

  const make = (name, content, className) => {
    const element = document.createElement(name);
    if (content !== undefined) element.textContent = content;
    if (className) element.className = className;
    return element;
  };

  const describe = (i) => {
    const line = make("tr", undefined, "details");
    const cell = line.insertCell();
    cell.colSpan = heads.length;
    const list = cell.appendChild(make("dl"));
    const order = details.columns.map((name, k) => [name, k]);
    order.sort(([a], [b]) => long.includes(b) - long.includes(a));
    order.forEach(([name, k]) => {
      const wide = long.includes(name);
      const pair = list.appendChild(make("div", undefined, wide ? "wide" : ""));
      pair.appendChild(make("dt", name));
      pair.appendChild(make("dd", details.rows[i][k], name === "command" ? "code" : ""));
    });
    return line;
  };

  const toggle = (row) => {
    const button = row.cells[0].querySelector("button");
    const open = !opened.has(row);
    if (open) {
      const line = describe(index.get(row));
      opened.set(row, line);
      row.after(line);
    } else {
      opened.get(row).remove();
      opened.delete(row);
    }
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "−" : "+";
  };

  const compare = (k, sign) => (a, b) => {
    const x = text(a, k), y = text(b, k);
    const missing = (x === "–") - (y === "–");
    if (missing || x === "–") return missing; // what is not there comes last, either way
    const difference = Number(x) - Number(y);
    return sign * (Number.isNaN(difference) ? collator.compare(x, y) : difference);
  };

  const sort = (k) => {
    const down = heads[k].getAttribute("aria-sort") === "ascending";
    heads.forEach((head) => head.hasAttribute("aria-sort") && head.setAttribute("aria-sort", "none"));
    heads[k].setAttribute("aria-sort", down ? "descending" : "ascending");
    rows.sort(compare(k, down ? -1 : 1));
    for (const row of rows) {
      body.appendChild(row);
      if (opened.has(row)) body.appendChild(opened.get(row));
    }
  };

  const find = document.getElementById("find");
  const choices = ["estimator", "status"].map((name) => ({
    k: column(name),
    select: document.getElementById("by-" + name),
  }));
  const words = rows.map((row, i) => details.rows[i].slice(1, -1).join(" ").toLowerCase());
  const filter = () => {
    const wanted = find.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const fits =
        wanted.every((word) => words[index.get(row)].includes(word)) &&
        choices.every(({ k, select }) => !select.value || text(row, k) === select.value);
      row.hidden = !fits;
      if (opened.has(row)) opened.get(row).hidden = !fits;
      shown += fits;
    }
    document.getElementById("count").textContent = shown + " of " + rows.length + " runs";
  };

  heads.forEach((head, k) => {
    if (head.hasAttribute("aria-sort")) head.querySelector("button").addEventListener("click", () => sort(k));
  });
  body.addEventListener("click", (event) => {
    const button = event.target.closest("td button");
    if (button) toggle(button.closest("tr"));
  });
  find.addEventListener("input", filter);
  choices.forEach(({ select }) => select.addEventListener("change", filter));
  filter();
})();
