"""The tables and views that every archive began with; migrations add to them.

Every row carries its run as a small integer key. Rows that are written by the million are kept
without a rowid, in the order in which they are read. Views show the same in names, for people who
open the file with ``sqlite3`` or Datasette.
"""

TABLES = """
CREATE TABLE runs (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    seed INTEGER NOT NULL,
    settings TEXT NOT NULL, -- JSON
    status TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT
) STRICT;

-- One row for each way a configuration is written: those that differ only in labels, names of
-- agents or their order share an id.
CREATE TABLE configurations (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    json TEXT NOT NULL
) STRICT;
CREATE INDEX configurations_by_id ON configurations (id);

CREATE TABLE candidates (
    run INTEGER NOT NULL REFERENCES runs (key),
    number INTEGER NOT NULL,
    configuration INTEGER NOT NULL REFERENCES configurations (key),
    operator TEXT NOT NULL,
    rationale TEXT NOT NULL,
    choices TEXT NOT NULL, -- JSON
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX candidates_by_configuration ON candidates (configuration);

CREATE TABLE parentage (
    run INTEGER NOT NULL,
    child INTEGER NOT NULL,
    position INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    edits TEXT NOT NULL, -- JSON: what leads from the parent to the child
    PRIMARY KEY (run, child, position),
    FOREIGN KEY (run, child) REFERENCES candidates (run, number) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (run, parent) REFERENCES candidates (run, number) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE tasks (
    run INTEGER NOT NULL REFERENCES runs (key),
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    split TEXT NOT NULL,
    domain TEXT NOT NULL,
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
    run INTEGER NOT NULL REFERENCES runs (key),
    number INTEGER NOT NULL,
    purpose INTEGER NOT NULL, -- 0 search, 1 propose, 2 confirm
    candidate INTEGER,
    task INTEGER,
    trial INTEGER NOT NULL,
    "after" INTEGER NOT NULL, -- how many results had been taken
    at REAL NOT NULL,
    PRIMARY KEY (run, number),
    FOREIGN KEY (run, candidate) REFERENCES candidates (run, number)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (run, task) REFERENCES tasks (run, number) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE rollouts (
    run INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    candidate INTEGER NOT NULL,
    task INTEGER NOT NULL,
    trial INTEGER NOT NULL,
    purpose INTEGER NOT NULL, -- 0 search, 1 propose, 2 confirm
    score REAL NOT NULL,
    feedback TEXT NOT NULL,
    rounds INTEGER NOT NULL,
    failure TEXT NOT NULL,
    calls INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    usd REAL,
    seconds REAL NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (run, taken),
    UNIQUE (run, decision),
    FOREIGN KEY (run, decision) REFERENCES decisions (run, number)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX rollouts_by_candidate ON rollouts (run, candidate);

CREATE TABLE births (
    run INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    candidate INTEGER,
    reason TEXT NOT NULL,
    repairs INTEGER NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (run, taken),
    UNIQUE (run, decision),
    FOREIGN KEY (run, decision) REFERENCES decisions (run, number)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (run, candidate) REFERENCES candidates (run, number)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

-- What the calls of a rollout or a birth said, as JSON compressed with zlib.
CREATE TABLE traces (
    run INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (run, decision),
    FOREIGN KEY (run, decision) REFERENCES decisions (run, number)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE names (key INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

-- Model calls, for statistics: rounded, with agents and models as keys into names.
CREATE TABLE calls (
    run INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    position INTEGER NOT NULL,
    agent INTEGER NOT NULL REFERENCES names (key),
    round INTEGER NOT NULL,
    sample INTEGER NOT NULL,
    model INTEGER NOT NULL REFERENCES names (key),
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    nanodollars INTEGER,
    milliseconds INTEGER NOT NULL,
    PRIMARY KEY (run, decision, position),
    FOREIGN KEY (run, decision) REFERENCES decisions (run, number)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

-- Running totals, so that nobody has to add up the rollouts.
CREATE TABLE spending (
    run INTEGER NOT NULL REFERENCES runs (key),
    purpose INTEGER NOT NULL, -- 0 search, 1 propose, 2 confirm
    calls INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    usd REAL, -- NULL: a price is unknown
    seconds REAL NOT NULL,
    PRIMARY KEY (run, purpose)
) STRICT, WITHOUT ROWID;

CREATE TABLE standings (
    run INTEGER NOT NULL,
    candidate INTEGER NOT NULL,
    mean REAL NOT NULL,
    deviation REAL NOT NULL,
    evaluations INTEGER NOT NULL,
    usd REAL,
    PRIMARY KEY (run, candidate),
    FOREIGN KEY (run, candidate) REFERENCES candidates (run, number)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
    key INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (key),
    taken INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX snapshots_by_run ON snapshots (run, taken);

CREATE TABLE confirmations (
    key INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (key),
    json TEXT NOT NULL
) STRICT;

CREATE TABLE looks (
    key INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (key),
    what TEXT NOT NULL,
    tasks TEXT NOT NULL, -- JSON: the numbers of the tasks
    at REAL NOT NULL
) STRICT;

CREATE TABLE events (
    key INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (key),
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_run ON events (run);
"""

VIEWS = """
CREATE VIEW ranking AS
SELECT runs.id AS run, standings.candidate, configurations.id AS configuration,
    candidates.operator, round(standings.mean, 4) AS mean,
    round(max(0, standings.mean - 1.96 * standings.deviation), 4) AS low,
    round(min(1, standings.mean + 1.96 * standings.deviation), 4) AS high,
    standings.evaluations, standings.usd AS usd_per_evaluation
FROM standings
JOIN runs ON runs.key = standings.run
JOIN candidates ON candidates.run = standings.run AND candidates.number = standings.candidate
JOIN configurations ON configurations.key = candidates.configuration
WHERE standings.evaluations > 0
ORDER BY runs.key DESC, standings.mean DESC;

CREATE VIEW spend_by_purpose AS
SELECT runs.id AS run,
    CASE purpose WHEN 0 THEN 'search' WHEN 1 THEN 'propose' WHEN 2 THEN 'confirm' END AS purpose,
    calls, prompt_tokens, completion_tokens, usd, seconds
FROM spending JOIN runs ON runs.key = spending.run;

CREATE VIEW spend_by_model AS
SELECT runs.id AS run, names.text AS model, count(*) AS calls,
    sum(prompt_tokens) AS prompt_tokens, sum(completion_tokens) AS completion_tokens,
    sum(nanodollars) / 1e9 AS usd, sum(milliseconds) / 1e3 AS seconds
FROM calls
JOIN runs ON runs.key = calls.run
JOIN names ON names.key = calls.model
GROUP BY calls.run, calls.model;

CREATE VIEW operator_success AS
SELECT runs.id AS run, candidates.operator, count(*) AS children,
    sum(child.mean > parent.mean) AS better_than_parent,
    round(avg(child.mean - parent.mean), 4) AS mean_gain
FROM candidates
JOIN runs ON runs.key = candidates.run
JOIN parentage ON parentage.run = candidates.run AND parentage.child = candidates.number
    AND parentage.position = 0
JOIN standings AS child ON child.run = candidates.run AND child.candidate = candidates.number
JOIN standings AS parent ON parent.run = candidates.run AND parent.candidate = parentage.parent
WHERE child.evaluations > 0 AND parent.evaluations > 0
GROUP BY candidates.run, candidates.operator;

CREATE VIEW scores AS
SELECT runs.id AS run, rollouts.taken, rollouts.candidate, tasks.id AS task, tasks.split,
    CASE rollouts.purpose WHEN 0 THEN 'search' WHEN 1 THEN 'propose'
        WHEN 2 THEN 'confirm' END AS purpose,
    rollouts.score, rollouts.feedback, rollouts.failure, rollouts.calls,
    rollouts.usd, rollouts.seconds
FROM rollouts
JOIN runs ON runs.key = rollouts.run
JOIN tasks ON tasks.run = rollouts.run AND tasks.number = rollouts.task;
"""
