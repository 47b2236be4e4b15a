// The charts, each a function of the data; Plotly draws them.

function layout(more = {}) {
  const axis = { gridcolor: colour("grid"), zeroline: false, linecolor: colour("line"), automargin: true };
  const { xaxis = {}, yaxis = {}, ...rest } = more;
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: colour("ink"), size: 12 }, margin: { l: 55, r: 15, t: 10, b: 45 },
    hoverlabel: { align: "left", bgcolor: colour("card"), font: { color: colour("ink") } },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("line"), activecolor: colour("quiet") }, hovermode: "closest", legend: { orientation: "h", y: 1.12 }, showlegend: false,
    xaxis: { ...axis, ...xaxis }, yaxis: { ...axis, ...yaxis }, ...rest,
  };
}

const share = { tickformat: ".0%" };

function draw(id, traces, more) {
  const element = $(id);
  const options = { displaylogo: false, displayModeBar: matchMedia("(hover: hover)").matches ? "hover" : false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
  if (!element.layout) element.replaceChildren();
  Plotly.react(element, traces, layout(more), options);
  if (!element.listens) {
    element.listens = true;
    element.on("plotly_click", (event) => {
      const number = event.points[0].customdata;
      if (Number.isInteger(number)) select(number);
    });
  }
}

function empty(id, why) {
  if ($(id).layout) Plotly.purge(id);
  $(id).listens = false;
  $(id).replaceChildren(make("p", { class: "quiet" }, why));
}

const hoverText = (candidate) =>
  `#${candidate.number} ${label(text(candidate.name))}<br>${label(text(candidate.operator))}`
  + (evaluated(candidate) ? `<br>${scored(candidate.standing)}, ${candidate.standing.evaluations} tasks`
    + `<br>${cost(candidate.standing.cost)} a task` : "<br>not evaluated");

function drawHistory() {
  const { history } = state.data;
  if (!history.length) return empty("history", "Nothing is evaluated yet.");
  const priced = history.every((point) => point.usd !== null);
  const x = history.map((point) => (priced ? point.usd : point.tokens));
  const of = (pick) => history.map((point) => pick(point.standing));
  const band = { x, mode: "lines", line: { width: 0 }, hoverinfo: "skip" };
  draw("history", [
    { ...band, y: of((s) => s.interval[0]) },
    { ...band, y: of((s) => s.interval[1]), fill: "tonexty", fillcolor: "rgba(76,141,255,.2)" },
    {
      x, y: of((s) => s.mean), mode: "lines+markers", line: { color: colour("accent"), width: 2 },
      marker: { size: 5 }, customdata: of((s) => s.candidate), hoverinfo: "text",
      hovertext: history.map((p) => `#${p.standing.candidate} ${scored(p.standing)}<br>${priced ? dollars(p.usd) : `${many(p.tokens)} tokens`}`),
    },
  ], {
    xaxis: { title: { text: `spent, ${priced ? "USD" : "tokens"}` }, ...(priced ? { tickprefix: "$" } : {}) },
    yaxis: { title: { text: "score" }, ...share },
  });
}

function drawFront() {
  const { candidates, front, run } = state.data;
  const known = candidates.filter((candidate) => evaluated(candidate) && candidate.standing.cost !== null);
  if (!known.length) return empty("front", "No cost is known yet.");
  const groups = [["with a parent", (c) => c.parents.length, colour("accent"), "circle"], ["without", (c) => !c.parents.length, colour("warm"), "diamond"]];
  const traces = groups.map(([name, belongs, tint, symbol]) => {
    const those = known.filter(belongs);
    return {
      name, x: those.map((c) => c.standing.cost), y: those.map((c) => c.standing.mean), mode: "markers",
      marker: { color: tint, size: 8, symbol, opacity: 0.75 }, customdata: those.map((c) => c.number),
      hoverinfo: "text", hovertext: those.map(hoverText),
    };
  });
  const best = front.map((number) => state.of.get(number)).filter((c) => evaluated(c) && c.standing.cost !== null);
  traces.unshift({
    name: "front", x: best.map((c) => c.standing.cost), y: best.map((c) => c.standing.mean), mode: "lines",
    line: { color: colour("good"), width: 2, shape: "hv" }, hoverinfo: "skip",
    error_y: {
      type: "data", symmetric: false, thickness: 1, width: 3, color: colour("good"),
      array: best.map((c) => c.standing.interval[1] - c.standing.mean),
      arrayminus: best.map((c) => c.standing.mean - c.standing.interval[0]),
    },
  });
  const cap = run.cost_at_most, usd = run.unit === "usd";
  const costs = known.map((c) => c.standing.cost).filter((amount) => amount > 0);
  const wide = Math.max(...costs) / Math.min(...costs) > 100;
  draw("front", [...traces, ...marked(known, (c) => [c.standing.cost, c.standing.mean])], {
    showlegend: true,
    xaxis: { title: { text: `cost of a task, ${usd ? "USD" : run.unit}` }, tickformat: usd ? "$~g" : ",.3~r", type: "log", dtick: wide ? 1 : "D2" },
    yaxis: { title: { text: "score" }, ...share },
    shapes: cap ? [{ type: "line", x0: cap, x1: cap, yref: "paper", y0: 0, y1: 1, line: { color: colour("bad"), dash: "dot" } }] : [],
    annotations: cap ? [{ x: Math.log10(cap), yref: "paper", y: 0.02, text: "cost at most", showarrow: false, xanchor: "right", font: { color: colour("bad") } }] : [],
  });
}

// The winner and the selected candidate, ringed.
function marked(those, place) {
  const wanted = [[state.data.best, colour("good"), "best"], [state.selected, colour("ink"), "shown"]];
  return wanted.map(([number, tint, name]) => {
    const found = those.filter((candidate) => candidate.number === number);
    return {
      name, mode: "markers", x: found.map((c) => place(c)[0]), y: found.map((c) => place(c)[1]),
      marker: { size: 16, symbol: "circle-open", line: { width: 3 }, color: tint },
      customdata: found.map((c) => c.number), hoverinfo: "skip", showlegend: false,
    };
  });
}

function drawHeat() {
  const { matrix } = state.data;
  if (!matrix.rows.length) return empty("heat", "Nothing is evaluated yet.");
  const levels = new Map([...matrix.levels].map((letter, place) => [letter, place / (matrix.levels.length - 1)]));
  const z = matrix.rows.map((row) => [...row].map((letter) => levels.get(letter) ?? null));
  const names = matrix.tasks.map((task, place) => `${place + 1}. ${label(task.id, 30)}`);
  draw("heat", [{
    type: "heatmap", z, x: names, y: matrix.candidates.map((_, place) => place),
    customdata: matrix.candidates.map((number) => matrix.tasks.map(() => number)),
    text: matrix.candidates.map((number) => matrix.tasks.map(() => `#${number}`)),
    hovertemplate: "%{text} on %{x}: %{z:.2f}<extra></extra>", zmin: 0, zmax: 1, hoverongaps: false,
    colorscale: [[0, "#c8524a"], [0.5, "#e6c65c"], [1, "#3f9d63"]], colorbar: { thickness: 12, tickformat: ".0%" },
    xgap: matrix.tasks.length < 150 ? 1 : 0, ygap: matrix.rows.length < 60 ? 1 : 0,
  }], {
    margin: { l: 60, r: 15, t: 10, b: 30 },
    xaxis: { showticklabels: false, showgrid: false, title: { text: "tasks, hard to easy" } },
    yaxis: {
      autorange: "reversed", showgrid: false, title: { text: "candidates by rank" },
      tickvals: ticks(matrix.candidates.length), ticktext: ticks(matrix.candidates.length).map((place) => `#${matrix.candidates[place]}`),
    },
  });
}

const ticks = (count) => [...Array(Math.min(count, 12)).keys()].map((n) => Math.floor((n * count) / Math.min(count, 12)));

function drawOperators() {
  const { operators } = state.data;
  const refused = Object.entries(operators.refused).map(([why, count]) => `${count} × ${why || "no reason"}`);
  $("operators-note").textContent = "The estimated gain of each child over its first parent."
    + (operators.proposals ? ` ${operators.proposals} proposals, ${operators.invalid} invalid answers.` : "")
    + (refused.length ? ` Without a candidate: ${refused.join(", ")}.` : "");
  if (!operators.gains.length) return empty("operators", "No child and parent are evaluated yet.");
  const middle = (gains) => gains.map((g) => g[1]).sort((a, b) => a - b)[Math.floor(gains.length / 2)];
  const sorted = [...operators.gains].sort((a, b) => middle(a.gains) - middle(b.gains));
  draw("operators", sorted.map((one, place) => ({
    type: "box", orientation: "h", name: `${label(one.operator, 24)} (${one.gains.length})`, x: one.gains.map((g) => g[1]),
    customdata: one.gains.map((g) => g[0]), boxpoints: "all", jitter: 0.5, pointpos: 0, marker: { size: 5, color: palette[place % palette.length] },
    line: { width: 1 }, hovertemplate: "#%{customdata}: %{x:+.1%}<extra></extra>", hoveron: "points",
  })), { xaxis: { title: { text: "gain" }, tickformat: "+.0%" }, margin: { l: 120, r: 15, t: 10, b: 45 }, height: Math.max(340, 22 * sorted.length + 70) });
}

function drawSpend() {
  const { spend } = state.data;
  const used = spend.filter((one) => one.calls);
  const priced = used.every((one) => one.usd !== null);
  const amount = (one) => (priced ? one.usd : tokensOf(one));
  $("spend-note").textContent = used.map((one) => `${one.purpose}: ${priced ? `${dollars(one.usd)}, ` : ""}${many(one.calls)} calls, ${many(tokensOf(one))} tokens`).join(" · ");
  if (!used.length) return empty("spend", "Nothing is spent yet.");
  draw("spend", [{
    type: "bar", orientation: "h", y: used.map((one) => one.purpose), x: used.map(amount),
    marker: { color: used.map((_, place) => palette[place]) }, hovertemplate: "%{y}: %{x}<extra></extra>",
    text: used.map((one) => (priced ? dollars(one.usd) : amount(one).toLocaleString("en"))), textposition: "auto",
  }], { xaxis: { title: { text: priced ? "USD" : "tokens" } }, margin: { l: 80, r: 15, t: 10, b: 45 } });
}

function drawAllocation() {
  const { allocation } = state.data;
  $("allocation-note").textContent = "Every dot is a bought evaluation, coloured by the allocator's reason"
    + (allocation.every > 1 ? `; one in ${allocation.every} is drawn.` : ".");
  if (!allocation.purchases.length) return empty("allocation", "Nothing is bought yet.");
  draw("allocation", allocation.reasons.map((reason, kind) => {
    const those = allocation.purchases.filter((purchase) => purchase[2] === kind);
    return {
      name: label(reason, 40), mode: "markers", x: those.map((p) => p[0]), y: those.map((p) => p[1]), customdata: those.map((p) => p[1]),
      marker: { size: 4, color: palette[kind % palette.length], symbol: those.map((p) => (p[3] >= 0.5 ? "circle" : "x-thin-open")) },
      hovertemplate: "#%{y}, purchase %{x}<extra></extra>",
    };
  }), { showlegend: true, xaxis: { title: { text: "purchases in order (× scored below a half)" } }, yaxis: { title: { text: "candidate" } } });
}
