// Curves with the values under the pointer, drawn by Plotly once they come into sight.

const MOST_POINTS = 3000; // single runs of one chart
const BREAK = "<br>";

function chartColours() {
  const style = getComputedStyle(document.body);
  const probe = document.body.appendChild(make("div", undefined, "rule-colour"));
  const rule = getComputedStyle(probe).color;
  probe.remove();
  return { ink: style.color, paper: style.backgroundColor, rule };
}

function hoverText(line, axis, x, point, quantity) {
  const [middle, low, high, runs] = point;
  const interval = low === null ? "" : ` (${shortNumber(low)} to ${shortNumber(high)})`;
  return [
    `<b>${plain(line.estimator)}</b>`,
    plain([axis ? `${axis.label} ${shortNumber(x)}` : "", line.place].filter(Boolean).join(", ")),
    `${plain(quantity.label)}: ${shortNumber(middle)}${interval}`,
    `${runs} run${runs === 1 ? "" : "s"}`,
  ].filter(Boolean).join(BREAK);
}

function curveTrace(line, axis, quantity, isFirst) {
  const known = line.x.map((x, i) => [x, line.values[quantity.name]?.[i]]).filter(([, p]) => p);
  const points = known.map(([, point]) => point);
  return {
    type: "scatter", mode: axis && known.length > 1 ? "lines+markers" : "markers",
    name: plain(line.estimator), legendgroup: line.estimator, showlegend: isFirst,
    x: axis ? known.map(([x]) => x) : points.map(() => plain(line.estimator)),
    y: points.map(([middle]) => middle),
    error_y: {
      type: "data", symmetric: false, thickness: 1, width: 3, color: line.colour,
      array: points.map(([middle, , high]) => (high === null ? 0 : high - middle)),
      arrayminus: points.map(([middle, low]) => (low === null ? 0 : middle - low)),
    },
    text: known.map(([x, point]) => hoverText(line, axis, x, point, quantity)), hoverinfo: "text",
    line: { color: line.colour, width: 1.8, dash: line.is_reference ? "dot" : "solid" },
    marker: { color: line.colour, size: 7 },
  };
}

function runTraces(runs, sweep, axis, quantity, colours) {
  const { columns } = runs;
  const along = axis && columns[axis.name];
  if ((axis && !along) || !columns[quantity.name]) return [];
  const groups = new Map();
  let count = 0;
  for (let i = 0; i < columns.sweep.length; i++) {
    if (columns.sweep[i] !== sweep || columns.half?.[i] || !passes(columns, i)) continue;
    if (!(columns[quantity.name][i] > 0) || !colours.has(columns.estimator[i])) continue;
    if (!groups.has(columns.estimator[i])) groups.set(columns.estimator[i], []);
    groups.get(columns.estimator[i]).push(i);
    if (++count > MOST_POINTS) return [];
  }
  return [...groups].map(([estimator, indices]) => ({
    type: "scatter", mode: "markers", legendgroup: estimator, showlegend: false,
    x: indices.map((i) => (along ? along[i] : plain(estimator))),
    y: indices.map((i) => columns[quantity.name][i]),
    marker: { color: colours.get(estimator), size: 4, opacity: 0.4 }, hoverinfo: "text",
    text: indices.map((i) => [
      `${plain(estimator)}, trial ${columns.trial[i]}, ${plain(columns.status[i])}`,
      plain(columns.cell[i]),
      `${plain(quantity.label)}: ${shortNumber(columns[quantity.name][i])}`,
    ].join(BREAK)),
  }));
}

function chartLayout(axis, quantity, ticks) {
  const { ink, paper, rule } = chartColours();
  const lines = { gridcolor: rule, linecolor: rule, zeroline: false };
  const narrow = innerWidth < 640;
  return {
    height: axis ? (narrow ? 420 : 440) : 320, margin: { l: 65, r: 15, t: 10, b: narrow ? 110 : 80 },
    paper_bgcolor: paper, plot_bgcolor: paper, hovermode: "closest", dragmode: narrow ? false : "zoom",
    font: { color: ink, size: 13, family: getComputedStyle(document.body).fontFamily },
    hoverlabel: { align: "left", bgcolor: paper, bordercolor: rule, font: { color: ink } },
    xaxis: axis
      ? { ...lines, type: "log", title: { text: plain(axis.label), standoff: narrow ? 16 : 8 }, tickangle: 0,
          tickvals: ticks, ticktext: ticks.map(shortNumber) }
      : { ...lines, type: "category" },
    yaxis: { ...lines, type: "log", title: { text: plain(quantity.label) }, dtick: "D2", tickformat: "~g" },
    legend: { orientation: "h", yref: "container", y: 0, yanchor: "bottom", font: { size: narrow ? 11 : 13 } },
  };
}

// Marks at the values of the grid, as many as there is room for.
function spreadTicks(values) {
  const sorted = values.sort((a, b) => a - b);
  const step = Math.ceil(sorted.length / (innerWidth < 640 ? 5 : 12));
  return sorted.filter((_, k) => k % step === 0);
}

function prepareChart(box, runs) {
  const data = JSON.parse(box.querySelector("script").textContent);
  const [axisChoice, quantityChoice, placeChoice] = ["along", "quantity", "place"].map((name) =>
    box.querySelector(`select[name=${name}]`));
  const single = box.querySelector("input[name=runs]");
  const target = box.querySelector(".chart");

  const draw = async () => {
    const library = await loadPlotly();
    const axis = data.axes.find(({ name }) => name === axisChoice.value);
    const quantity = data.quantities.find(({ name }) => name === quantityChoice.value);
    const lines = data.lines.filter((line) =>
      line.axis === (axis?.name ?? "") && (!chosen.estimator || line.estimator === chosen.estimator));
    const places = [...new Set(lines.map(({ place }) => place))];
    if (!places.includes(placeChoice.value)) placeChoice.replaceChildren(
      make("option", "all"), ...places.filter(Boolean).map((place) => make("option", place)));
    placeChoice.parentElement.hidden = places.length < 2;
    const kept = lines.filter(({ place }) =>
      placeChoice.parentElement.hidden || placeChoice.value === "all" || place === placeChoice.value);
    const seen = new Set();
    const traces = kept.map((line) => {
      const isFirst = !seen.has(line.estimator);
      seen.add(line.estimator);
      return curveTrace(line, axis, quantity, isFirst);
    });
    const ticks = axis ? spreadTicks([...new Set(kept.flatMap(({ x }) => x))]) : [];
    const colours = new Map(kept.map(({ estimator, colour }) => [estimator, colour]));
    const sweep = box.closest("section").dataset.sweep;
    const all = placeChoice.parentElement.hidden || placeChoice.value === "all";
    const dots = single.checked && all ? runTraces(runs, sweep, axis, quantity, colours) : [];
    await library.react(target, [...dots, ...traces], chartLayout(axis, quantity, ticks),
      { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d"] });
    box.dataset.drawn = "yes";
  };

  let inSight = false;
  const redraw = () => inSight && draw();
  for (const choice of [axisChoice, quantityChoice, placeChoice, single])
    choice.addEventListener("change", redraw);
  filterListeners.push(redraw);
  themeListeners.push(redraw);
  new IntersectionObserver((entries, observer) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    inSight = true;
    draw();
  }, { rootMargin: "300px" }).observe(box);
}
