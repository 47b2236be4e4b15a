// The page itself: what stands at its top, the ranking, keys, the theme, and newer data while it is live.

const ROWS = 25;
let showAll = false;

function tile(value, about) {
  return make("div", { class: "tile" }, make("strong", {}, value), make("span", {}, about));
}

function showSummary() {
  const { run, best, confirmations, spend, candidates, looks, missing_answers: missing, overruns } = state.data;
  document.title = `evolve · ${run.id}`;
  $("title").textContent = run.id;
  const named = (plugin) => (typeof plugin === "string" ? plugin : Object.keys(plugin ?? {})[0] ?? "");
  $("subtitle").textContent = [run.description, `${run.status}, started ${run.started.slice(0, 16).replace("T", " ")} UTC`, `strategy ${named(run.strategy)}, allocator ${named(run.allocator)}, seed ${run.seed}`].filter(Boolean).join(" · ");
  const priced = spend.every((one) => one.usd !== null);
  const sum = (amount) => spend.reduce((total, one) => total + amount(one), 0);
  const spent = priced ? dollars(sum((one) => one.usd)) : `${many(sum(tokensOf))} tokens`;
  const calls = priced ? "" : ` in ${many(sum((one) => one.calls))} calls`;
  const winner = state.of.get(best);
  const last = confirmations.at(-1);
  const tiles = [];
  if (last) {
    tiles.push(tile(percent(last.mean), `${within(last.interval)}, #${last.winner} on ${last.tasks} sealed tasks`));
    if (last.seed !== last.winner) tiles.push(tile(points(last.difference), `${signed(last.difference_interval)}, over the best seed, paired`));
    last.controls.forEach((one, place) => {
      if (one.tested) tiles.push(tile(points(one.tested.difference), `${signed(one.tested.difference_interval)}, over ${last.names[place]}`));
    });
  }
  if (winner) tiles.push(tile(percent(winner.standing.mean), `${within(winner.standing.interval)}, #${best} estimated on ${run.split ?? "validation"} from ${winner.standing.evaluations} tasks`), tile(cost(winner.standing.cost), `a task${run.cost_at_most ? `, of at most ${cost(run.cost_at_most)}` : ""}`));
  tiles.push(tile(spent, `spent${calls} on ${run.results_seen.toLocaleString("en")} results`), tile(String(candidates.length), `systems, ${state.rank.length} evaluated`));
  $("tiles").replaceChildren(...tiles);
  const how = confirmations.length
    ? confirmations.map((one) => make("p", {}, one.lines.join("\n")))
    : [make("p", { class: "quiet" }, looks.length ? "The winner is being confirmed on sealed tasks." : "No winner is confirmed: the sealed tasks were not looked at.")];
  if (confirmations.length) how.push(make("p", { class: "quiet" }, "Sealed tasks took no part in choosing the winner; all systems compared here answered the same ones, and the difference is taken task by task. The validation score of a winner is an optimistic one, because it was chosen by it."));
  const remarks = [...missing.map((cause) => `No answer in ${cause}.`), ...(overruns ? [`${overruns}.`] : [])];
  how.push(...remarks.map((remark) => make("p", { class: "caveat" }, remark)));
  if (winner) how.push(make("p", {}, make("button", { type: "button", onclick: () => select(best) }, "Show the best system")));
  $("confirmed").replaceChildren(...how);
  $("caveat").hidden = !run.simulated;
  $("caveat").textContent = "The models are simulated: this shows what the search does, not what LLMs would do.";
}

function row(number, place) {
  const candidate = state.of.get(number), standing = candidate.standing, by = gain(candidate);
  const [low, high] = standing.interval;
  const bar = make("div", { class: "bar", "aria-hidden": true }, make("i"), make("b"));
  Object.assign(bar.firstChild.style, { left: `${100 * low}%`, width: `${100 * (high - low)}%` });
  bar.lastChild.style.left = `${100 * standing.mean}%`;
  const edits = candidate.edits.map(text).join("; ") || text(candidate.name);
  const marks = `${number === state.data.best ? " ★" : ""}${state.data.front.includes(number) ? " ◆" : ""}`;
  return make("tr", { "data-candidate": number, "aria-selected": number === state.selected },
    make("td", {}, String(place + 1)), make("td", {}, jump(number), marks), make("td", {}, scored(standing)), make("td", {}, bar),
    make("td", {}, cost(standing.cost)), make("td", {}, String(standing.evaluations)), make("td", {}, by === null ? "" : points(by)),
    make("td", { class: "wide" }, edits.length > 160 ? `${edits.slice(0, 159)}…` : edits));
}

function showRanking() {
  const heads = ["", "system", "score, 95 %", "", "a task", "tasks", "over its parent", "what was changed (★ best, ◆ front)"];
  const shown = showAll ? state.rank : state.rank.slice(0, ROWS);
  $("ranking").replaceChildren(
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, ...shown.map(row)));
  $("more").hidden = showAll || state.rank.length <= ROWS;
  $("more").textContent = `Show all ${state.rank.length}`;
}

function select(number) {
  const candidate = state.of.get(number);
  if (!candidate) return;
  state.selected = number;
  history.replaceState(null, "", `#${number}`);
  showCandidate(candidate);
  for (const each of document.querySelectorAll("#ranking tr[data-candidate]")) {
    each.setAttribute("aria-selected", String(Number(each.dataset.candidate) === number));
  }
  for (const id of ["tree", "front"]) if (state.drawn.has(id)) charts[id]();
  $("panel-title").focus();
}

function close() {
  if ($("panel").hidden) return;
  $("panel").hidden = true;
  const shown = document.querySelector(`#ranking tr[data-candidate="${state.selected}"] button`);
  (shown ?? $("candidates")).focus({ preventScroll: true });
}

const charts = { history: drawHistory, front: drawFront, tree: drawTree, heat: drawHeat, operators: drawOperators, spend: drawSpend, allocation: drawAllocation };

// A chart is drawn when it comes into view, so that a large page opens at once.
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting || state.drawn.has(entry.target.id)) continue;
    state.drawn.add(entry.target.id);
    charts[entry.target.id]();
  }
}, { rootMargin: "200px" });

// A printed page holds every chart, also those that were never in view.
addEventListener("beforeprint", () => {
  Object.keys(charts).forEach((id) => state.drawn.add(id));
  if (window.Plotly) redraw();
});

const redraw = () => state.drawn.forEach((id) => charts[id]());

function theme(name) {
  document.documentElement.dataset.theme = name;
  $("theme-button").textContent = name === "dark" ? "Light" : "Dark";
  redraw();
}

function otherTheme() {
  const name = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  try { localStorage.setItem("evolve-theme", name); } catch { /* a page from a file may have no storage */ }
  theme(name);
}

function firstTheme() {
  let kept = null;
  try { kept = localStorage.getItem("evolve-theme"); } catch { /* as above */ }
  return kept ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

function step(by) {
  const here = state.rank.indexOf(state.selected);
  const next = here < 0 ? 0 : Math.min(state.rank.length - 1, Math.max(0, here + by));
  if (state.rank.length) select(state.rank[next]);
}

const keys = {
  j: () => step(1), k: () => step(-1), b: () => select(state.data.best), t: otherTheme, "?": () => $("help").showModal(),
  p: () => select(state.of.get(state.selected)?.parents[0]), Escape: close,
};

function listen() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("help").open || event.target.matches("select, input")) return;
    keys[event.key]?.();
  });
  $("theme-button").addEventListener("click", otherTheme);
  $("help-button").addEventListener("click", keys["?"]);
  $("close").addEventListener("click", close);
  $("more").addEventListener("click", () => { showAll = true; showRanking(); });
  $("tree-layout").addEventListener("change", drawTree);
  addEventListener("hashchange", () => select(Number(location.hash.slice(1))));
}

async function unpacked(id) {
  const packed = Uint8Array.from(atob($(id).textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

async function library() {
  const script = make("script");
  script.textContent = await unpacked("library");
  document.head.append(script);
}

function show(data) {
  take(data);
  showSummary();
  showRanking();
}

async function follow() {
  for (;;) {
    await new Promise((later) => setTimeout(later, 2000));
    try {
      const answer = await fetch(`data.json?after=${state.data.run.results_seen}&status=${state.data.run.status}`);
      if (answer.status !== 200) continue;
      show(await answer.json());
      redraw();
    } catch { $("subtitle").textContent = "evolve watch has ended; this is its last state."; }
  }
}

async function open() {
  show(JSON.parse(await unpacked("data")));
  document.documentElement.dataset.theme = firstTheme();
  $("theme-button").textContent = firstTheme() === "dark" ? "Light" : "Dark";
  listen();
  if (location.hash) select(Number(location.hash.slice(1)));
  await library();
  Object.keys(charts).forEach((id) => seen.observe($(id)));
  document.documentElement.dataset.ready = "yes";
  if (document.documentElement.dataset.mode === "live") follow();
}

open();
