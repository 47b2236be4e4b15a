// The lineage: who descends from whom, over the time of creation or as a family tree.

const places = {
  score: (those) => new Map(those.filter(evaluated).map((c) => [c.number, [c.born, c.standing.mean]])),
  family: (those) => {
    const children = new Map();
    for (const candidate of those) {
      const under = candidate.parents.length ? candidate.parents[0] : null;
      if (!children.has(under)) children.set(under, []);
      children.get(under).push(candidate.number);
    }
    const found = new Map();
    let leaves = 0;
    // Parents stand in the middle of their children; a stack instead of recursion, for long lines.
    const waiting = (children.get(null) ?? []).map((number) => [number, 0, false]).reverse();
    while (waiting.length) {
      const [number, depth, done] = waiting.pop();
      const below = children.get(number) ?? [];
      if (!done && below.length) {
        waiting.push([number, depth, true], ...below.map((child) => [child, depth + 1, false]).reverse());
        continue;
      }
      const ranks = below.map((child) => found.get(child)[1]);
      found.set(number, [depth, ranks.length ? (Math.min(...ranks) + Math.max(...ranks)) / 2 : leaves++]);
    }
    return found;
  },
};

function drawTree() {
  const { candidates, best } = state.data;
  const chosen = $("tree-layout").value;
  const place = places[chosen](candidates);
  const shown = candidates.filter((candidate) => place.has(candidate.number));
  if (!shown.length) return empty("tree", "Nothing is evaluated yet.");
  const winning = new Set(best === null ? [] : line(best));
  const arrows = { first: [[], []], merged: [[], []], winning: [[], []] };
  for (const child of shown) {
    child.parents.forEach((parent, position) => {
      if (!place.has(parent)) return;
      const kind = position ? "merged" : winning.has(child.number) && winning.has(parent) ? "winning" : "first";
      const [from, to] = [place.get(parent), place.get(child.number)];
      arrows[kind][0].push(from[0], to[0], null);
      arrows[kind][1].push(from[1], to[1], null);
    });
  }
  const styles = { first: { color: colour("line"), width: 1 }, merged: { color: colour("line"), width: 1, dash: "dot" }, winning: { color: colour("good"), width: 3 } };
  const traces = Object.entries(arrows).map(([kind, [x, y]]) => ({ x, y, mode: "lines", line: styles[kind], hoverinfo: "skip" }));
  const scores = shown.map((candidate) => (evaluated(candidate) ? candidate.standing.mean : null));
  traces.push({
    x: shown.map((c) => place.get(c.number)[0]), y: shown.map((c) => place.get(c.number)[1]), mode: "markers",
    marker: {
      size: shown.map((c) => (winning.has(c.number) ? 12 : shown.length > 300 ? 6 : 9)), color: scores, colorscale: "Viridis", showscale: chosen === "family",
      symbol: shown.map((c) => (c.parents.length ? "circle" : "diamond")), line: { color: colour("card"), width: 1 }, colorbar: { thickness: 12, tickformat: ".0%" },
    },
    customdata: shown.map((c) => c.number), hoverinfo: "text", hovertext: shown.map(hoverText),
  }, ...marked(shown, (candidate) => place.get(candidate.number)));
  const axes = chosen === "score"
    ? { xaxis: { title: { text: "results before its creation" } }, yaxis: { title: { text: "score" }, ...share } }
    : { xaxis: { title: { text: "generation" }, dtick: 1 }, yaxis: { showticklabels: false, showgrid: false } };
  draw("tree", traces, axes);
}
