// One candidate in the panel: topology, where it comes from, prompts, scores and examples.

const item = (...content) => make("li", {}, ...content);
const headed = (title, ...parts) => [make("h3", {}, title), ...parts];
const jump = (number) => make("button", { type: "button", class: "link", onclick: () => select(number) }, `#${number}`);

// The longest common subsequence of words, drawn as what went and what came.
function difference(before, after) {
  const a = before.split(/(\s+)/).filter(Boolean), b = after.split(/(\s+)/).filter(Boolean);
  const whole = make("div", { class: "said" });
  if (a.length * b.length > 4e6) {
    whole.append(make("del", {}, before), "\n", make("ins", {}, after));
    return whole;
  }
  const width = b.length + 1, common = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] = a[i] === b[j] ? common[(i + 1) * width + j + 1] + 1
        : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  const runs = [];
  const say = (tag, word) => (runs.at(-1)?.[0] === tag ? runs.at(-1)[1].push(word) : runs.push([tag, [word]]));
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { say("span", a[i]); i++; j++; }
    else if (j >= b.length || (i < a.length && common[(i + 1) * width + j] >= common[i * width + j + 1])) say("del", a[i++]);
    else say("ins", b[j++]);
  }
  whole.append(...runs.map(([tag, words]) => make(tag, {}, words.join(""))));
  return whole;
}

function prompts(candidate) {
  const parent = state.of.get(candidate.parents[0]);
  return Object.entries(candidate.prompts).map(([agent, index]) => {
    const before = parent?.prompts[agent];
    const changed = before !== undefined && before !== index;
    const added = parent && before === undefined;
    const note = changed ? ", changed" : added ? ", new" : "";
    const shown = changed ? difference(text(before), text(index)) : make("div", { class: "said" }, text(index) || "(no prompt)");
    return make("details", { open: changed || added || Object.keys(candidate.prompts).length < 4 }, make("summary", {}, `${agent}${note}`), shown);
  });
}

function origin(candidate) {
  if (!candidate.parents.length) return [];
  const by = gain(candidate);
  const parents = candidate.parents.flatMap((parent, place) => [place ? ", " : "", jump(parent)]);
  const facts = [make("p", {}, "From ", ...parents, ` by ${text(candidate.operator)}`, by === null ? "" : `: ${points(by)} so far`)];
  if (candidate.edits.length) facts.push(make("ul", {}, ...candidate.edits.map((edit) => item(text(edit)))));
  if (text(candidate.rationale)) facts.push(make("p", { class: "quiet" }, `Because: ${text(candidate.rationale)}`));
  if (candidate.shared) {
    const listed = (tasks) => (tasks.length ? `: ${tasks.slice(0, 12).join(", ")}${tasks.length > 12 ? ", …" : ""}` : "");
    facts.push(make("p", {}, `Of ${candidate.shared} tasks that both met it `,
      make("span", { class: "good" }, `fixed ${candidate.fixed.length}${listed(candidate.fixed)}`), " and ",
      make("span", { class: "bad" }, `broke ${candidate.broken.length}${listed(candidate.broken)}`), "."));
  }
  return headed("Where it comes from", ...facts);
}

function examples(candidate) {
  const those = state.data.examples[candidate.number] ?? [];
  return those.length ? headed("Examples", ...those.map((example) => make("details", {},
    make("summary", {}, `task ${example.task}: score ${example.score.toFixed(2)}, ${example.failure ? `no answer: ${example.failure}` : `answered ${example.answer.slice(0, 80)}`}`),
    example.feedback ? make("p", { class: "quiet" }, example.feedback) : null,
    ...example.steps.map((step) => make("div", { class: "said" }, make("strong", {}, `${step.agent}, round ${step.round}, on ${step.model}\n`), step.text))))) : [];
}

function reasons(candidate) {
  const counts = Object.entries(state.data.allocation.of[candidate.number] ?? {}).sort((a, b) => b[1] - a[1]);
  return counts.length ? headed("Why it was evaluated", make("ul", {}, ...counts.slice(0, 8).map(([why, count]) => item(`${count} × ${why}`)))) : [];
}

function pictured(candidate) {
  const graph = JSON.parse(text(candidate.graph)), sketched = text(candidate.sketch);
  return [make("div", { class: "scroll" }, topology(graph, sketched)), legend(graph),
    make("details", {}, make("summary", {}, "in words"), make("pre", { class: "sketch" }, sketched))];
}

function showCandidate(candidate) {
  const standing = candidate.standing;
  $("panel-title").textContent = `#${candidate.number} ${text(candidate.name)}`;
  const way = line(candidate.number).reverse();
  $("panel-body").replaceChildren(
    make("p", { class: "quiet" }, `id ${candidate.id}`),
    make("p", {}, evaluated(candidate)
      ? `${scored(standing)} on ${state.data.run.split ?? "validation"}, from ${standing.evaluations} evaluations, ${cost(standing.cost)} a task`
      : "not evaluated yet"),
    ...confirmationsOf(candidate.number),
    ...headed("Topology", ...pictured(candidate)),
    ...origin(candidate),
    ...(way.length > 1 ? headed("Its line", make("p", {}, ...way.flatMap((number, place) => [place ? " → " : "", jump(number)]))) : []),
    ...headed("Prompts", ...prompts(candidate)),
    ...reasons(candidate),
    ...examples(candidate),
  );
  $("panel").hidden = false;
  $("panel").scrollTop = 0;
}

function confirmationsOf(number) {
  const those = state.data.confirmations.filter((one) => [one.winner, one.seed, ...one.controls.map((control) => control.candidate)].includes(number));
  return those.map((one) => make("p", {}, one.lines.join("\n"))).map((part) => (part.setAttribute("class", "said"), part));
}
