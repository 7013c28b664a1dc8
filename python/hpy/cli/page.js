"use strict";

// Sort the table by the column whose head is pressed; numbers begin with the greatest.
const table = document.getElementById("rows");
const heads = Array.from(table.tHead.rows[0].cells);
const key = (row, column) => {
  const cell = row.cells[column];
  return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
};
const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b));
heads.forEach((head, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const rows = Array.from(table.tBodies[0].rows);
    const isNumber = rows.length > 0 && typeof key(rows[0], column) === "number";
    const before = head.getAttribute("aria-sort");
    const ascending = before === null ? !isNumber : before === "descending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    rows.sort((a, b) => (ascending ? 1 : -1) * compare(key(a, column), key(b, column)));
    table.tBodies[0].append(...rows);
  });
});

// Show only the rows that contain the text.
const filter = document.getElementById("filter");
filter.parentElement.hidden = false;
filter.addEventListener("input", () => {
  const wanted = filter.value.trim().toLowerCase();
  let found = 0;
  for (const row of table.tBodies[0].rows) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
    found += !row.hidden;
  }
  document.getElementById("nothing").hidden = found > 0;
});

// What the cells of the matrix say.
const matrix = document.querySelector(".matrix");
if (matrix) {
  const show = document.getElementById("show");
  show.hidden = false;
  show.addEventListener("change", (event) => { matrix.dataset.show = event.target.value; });
}
