// The topology of a system: agents in columns, each right of whomever it waits for.

const SVG = "http://www.w3.org/2000/svg";
const BOX = { width: 118, height: 46, across: 62, down: 26, edge: 12, pill: 70 };
const KINDS = { message: "message, within a round", feedback: "feedback, heard in the next round", delegate: "may ask", route: "decides whether it works" };

function drawn(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// Agents come upstream first; an agent that sums up or judges stands behind all others.
function columns({ agents, edges, answer }) {
  const place = agents.map(() => 0);
  agents.forEach((_, agent) => {
    const before = edges.filter((edge) => edge.target === agent && edge.kind !== "feedback").map((edge) => place[edge.source]);
    if (before.length) place[agent] = Math.max(...before) + 1;
  });
  if (answer.by !== null) place[answer.by] = Math.max(...place.filter((_, agent) => agent !== answer.by), -1) + 1;
  return place;
}

function positions(graph) {
  const place = columns(graph), filled = [];
  const most = Math.max(...place.map((column) => place.filter((each) => each === column).length));
  return place.map((column) => {
    const those = place.filter((each) => each === column).length, row = (filled[column] = (filled[column] ?? -1) + 1);
    const left = BOX.edge + BOX.pill + BOX.across + column * (BOX.width + BOX.across);
    return { x: left, y: BOX.edge + BOX.down + (row + (most - those) / 2) * (BOX.height + BOX.down) };
  });
}

const side = (box, right) => ({ x: box.x + (right ? box.width ?? BOX.width : 0), y: box.y + BOX.height / 2 });

// Forward arrows leave on the right and arrive on the left; others go round above or below.
function arrow(from, to, kind, title) {
  const a = side(from, true), b = side(to, false);
  let path;
  if (b.x > a.x) path = `M${a.x},${a.y} C${a.x + 40},${a.y} ${b.x - 40},${b.y} ${b.x - 2},${b.y}`;
  else {
    const start = { x: from.x + BOX.width * 0.7, y: from.y + BOX.height }, end = { x: to.x + BOX.width * 0.3, y: to.y + BOX.height };
    const low = Math.max(start.y, end.y) + BOX.down * (from === to ? 0.9 : 1.3);
    path = `M${start.x},${start.y} C${start.x},${low} ${end.x},${low} ${end.x},${end.y + 2}`;
  }
  return drawn("path", { d: path, class: `edge ${kind}`, "marker-end": "url(#arrowhead)" }, drawn("title", {}, title));
}

const cut = (line, width) => (line.length > width ? `${line.slice(0, width - 1)}…` : line);

function words(box, lines) {
  const middle = box.x + (box.width ?? BOX.width) / 2, first = box.y + BOX.height / 2 + 4 - (lines.length - 1) * 8;
  return lines.map((line, row) => drawn("text", { x: middle, y: first + row * 16, class: row ? "small" : "name" }, line));
}

function node(box, lines, kind, title) {
  const shape = { x: box.x, y: box.y, width: box.width ?? BOX.width, height: BOX.height, rx: kind === "agent" ? 7 : BOX.height / 2, class: kind };
  return drawn("g", {}, drawn("title", {}, title), drawn("rect", shape), ...words(box, lines));
}

function agentNode(agent, box, number) {
  const several = agent.samples > 1 ? ` ×${agent.samples}` : "";
  const about = [agent.model ? `on ${agent.model}` : "", ...agent.tools].filter(Boolean).join(", ");
  const title = [`${agent.name}${several}`, agent.role ? `role: ${agent.role}` : "", about, agent.memory ? `memory: ${agent.memory}` : ""];
  const under = about || (agent.role === agent.name ? "" : agent.role);
  return node(box, [cut(`${agent.name}${several}`, 15), ...(under ? [cut(under, 19)] : [])], "agent", title.filter(Boolean).join("\n"));
}

function topology(graph, sketched) {
  const boxes = positions(graph), { agents, edges, answer } = graph;
  const right = Math.max(...boxes.map((box) => box.x)) + BOX.width, bottom = Math.max(...boxes.map((box) => box.y)) + BOX.height;
  const middle = (BOX.edge + BOX.down + bottom - BOX.height) / 2;
  const task = { x: BOX.edge, y: middle, width: BOX.pill }, end = { x: right + BOX.across, y: middle, width: BOX.pill + 30 };
  const waiting = new Set(edges.filter((edge) => edge.kind !== "feedback").map((edge) => edge.target)).add(answer.by);
  const name = (agent) => agents[agent].name;
  const arrows = agents.flatMap((_, agent) => (waiting.has(agent) ? [] : [arrow(task, boxes[agent], "message", `the task → ${name(agent)}`)]));
  const goal = answer.by === null ? end : boxes[answer.by];
  arrows.push(...answer.sources.map((agent) => arrow(boxes[agent], goal, "message", `${name(agent)} → ${answer.by === null ? "the answer" : name(answer.by)}`)));
  if (answer.by !== null) arrows.push(arrow(boxes[answer.by], end, "message", `${name(answer.by)} → the answer`));
  arrows.push(...edges.map((edge) => arrow(boxes[edge.source], boxes[edge.target], edge.kind, `${name(edge.source)} → ${name(edge.target)}: ${KINDS[edge.kind]}${edge.when ? `, ${edge.when}` : ""}`)));
  const [width, height] = [end.x + end.width + BOX.edge, bottom + BOX.down * 1.6];
  const head = drawn("marker", { id: "arrowhead", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" }, drawn("path", { d: "M0,0 L8,4 L0,8 z" }));
  return drawn("svg", { viewBox: `0 0 ${width} ${height}`, width, class: "topology", role: "img", "aria-label": sketched },
    drawn("defs", {}, head), ...arrows, node(task, ["task"], "pill", "what is asked"), node(end, ["answer", answer.mode.replace("_", " ")], "pill", "how the answer is made"),
    ...agents.map((agent, place) => agentNode(agent, boxes[place])));
}

function legend(graph) {
  const used = ["message", "feedback", "delegate", "route"].filter((kind) => kind === "message" || graph.edges.some((edge) => edge.kind === kind));
  const lines = used.map((kind) => make("span", { class: "key" },
    drawn("svg", { width: 30, height: 10, "aria-hidden": "true" }, drawn("path", { d: "M1,5 H29", class: `edge ${kind}` })), ` ${kind}`));
  return make("p", { class: "quiet" }, ...lines, graph.rounds > 1 ? `at most ${graph.rounds} rounds${graph.stop ? `, ${graph.stop}` : ""}` : "");
}
