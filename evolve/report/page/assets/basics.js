// What every part of the page uses: making elements, figures in words, colours, who is selected.

const $ = (id) => document.getElementById(id);
const state = { data: null, selected: null, of: new Map(), rank: [], drawn: new Set() };

// Everything that models wrote enters the page as text, here and nowhere else.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const text = (index) => state.data.texts[index];
// Ties go to even digits, as in what the terminal shows; toFixed would round them up.
const tenths = new Intl.NumberFormat("en", {
  minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: false, roundingMode: "halfEven",
});
const percent = (share) => `${tenths.format(100 * share)} %`;
const points = (share) => `${share < 0 ? "−" : "+"}${tenths.format(Math.abs(100 * share))} points`;
const within = (interval) => `[${interval.map((end) => tenths.format(100 * end)).join("–")}]`;
const signed = (interval) => `[${interval.map((end) => `${end < 0 ? "−" : "+"}${tenths.format(Math.abs(100 * end))}`).join(" to ")}]`;
const scored = (standing) => `${percent(standing.mean)} ${within(standing.interval)}`;

const many = (count) => Math.round(count).toLocaleString("en");
const tokensOf = (usage) => usage.prompt_tokens + usage.completion_tokens;

// The cost of a task, in the run's unit.
function cost(amount) {
  const { unit } = state.data.run;
  if (amount === null || amount === undefined) return "cost unknown";
  if (unit === "usd") return dollars(amount);
  const number = amount >= 100 ? many(amount) : String(Number(amount.toPrecision(3)));
  return unit === "seconds" ? `${number} s` : `${number} ${number === "1" ? unit.slice(0, -1) : unit}`;
}

function dollars(amount) {
  if (amount === 0) return "$0";
  return amount >= 1 ? `$${amount.toFixed(2)}` : `$${Number(amount.toPrecision(3))}`;
}

// Plotly reads a little markup in labels; text from elsewhere must not be read so.
const label = (raw, width = 60) => {
  const line = raw.replace(/\s+/g, " ").trim();
  const short = line.length > width ? `${line.slice(0, width - 1)}…` : line;
  return short.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
};

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const palette = ["#4c8dff", "#e8853a", "#3fae6a", "#b678e0", "#d9565b", "#20a4b5", "#b59a1f", "#8a8f99", "#e27bb1", "#6f7bd9"];

const evaluated = (candidate) => Boolean(candidate?.standing?.evaluations);

// From a candidate to its seed along first parents.
function line(number) {
  const way = [];
  for (let here = state.of.get(number); here && !way.includes(here.number); here = state.of.get(here.parents[0])) {
    way.push(here.number);
  }
  return way;
}

function gain(candidate) {
  const parent = state.of.get(candidate.parents[0]);
  return evaluated(candidate) && evaluated(parent) ? candidate.standing.mean - parent.standing.mean : null;
}

function take(data) {
  state.data = data;
  state.of = new Map(data.candidates.map((candidate) => [candidate.number, candidate]));
  state.rank = data.matrix.candidates;
}
