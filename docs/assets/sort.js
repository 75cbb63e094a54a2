// Tables of the class "sortable" are sorted by a click on a head, or by Enter on it.
"use strict";
(() => {
  const value = (row, k) => row.cells[k].textContent.trim();
  const compare = (x, y) => {
    if (x === "" || y === "") return (x === "") - (y === ""); // what is not there comes last
    const difference = Number(x) - Number(y);
    return Number.isNaN(difference) ? x.localeCompare(y, "en", { numeric: true }) : difference;
  };
  document.querySelectorAll("table.sortable").forEach((table) => {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, k) => {
      const sort = () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const sign = (a, b) => (value(a, k) && value(b, k) && down ? -1 : 1);
        const rows = Array.from(table.tBodies[0].rows);
        rows.sort((a, b) => sign(a, b) * compare(value(a, k), value(b, k)));
        table.tBodies[0].append(...rows);
      };
      head.tabIndex = 0;
      head.addEventListener("click", sort);
      head.addEventListener("keydown", (event) => event.key === "Enter" && sort());
    });
  });
})();
