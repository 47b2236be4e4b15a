"""The tables and views of an archive, as numbered migrations.

Every row carries its run as a small integer key. Rows that are written by the million are kept
without a rowid, in the order in which they are read. Views show the same in names, for people who
open the file with ``sqlite3`` or Datasette.
"""

from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

MIGRATIONS = Migrations("archive")

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

REPLIES = """
-- Replies that were paid for, under a hash of model, request and sample: they outlive their run.
CREATE TABLE replies (
    key BLOB PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (key),
    body BLOB NOT NULL -- JSON compressed with zlib
) STRICT;
"""

PROMPTS = """
-- The templates of what models were asked for proposals, each version of each once.
CREATE TABLE prompts (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL, -- a hash of the text
    text TEXT NOT NULL,
    UNIQUE (name, text)
) STRICT;

CREATE TABLE birth_prompts (
    run INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    position INTEGER NOT NULL,
    prompt INTEGER NOT NULL REFERENCES prompts (key),
    PRIMARY KEY (run, decision, position),
    FOREIGN KEY (run, decision) REFERENCES decisions (run, number)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE VIEW proposals AS
SELECT runs.id AS run, births.decision, births.candidate, births.repairs AS invalid, births.reason,
    (SELECT group_concat(prompts.name || '@' || prompts.version, ' ')
        FROM birth_prompts JOIN prompts ON prompts.key = birth_prompts.prompt
        WHERE birth_prompts.run = births.run AND birth_prompts.decision = births.decision)
        AS prompts
FROM births JOIN runs ON runs.key = births.run;
"""

REASONS = """
ALTER TABLE decisions ADD COLUMN why TEXT NOT NULL DEFAULT ''; -- the allocator's reason

CREATE VIEW allocation AS
SELECT runs.id AS run, decisions.number AS decision,
    CASE decisions.purpose WHEN 0 THEN 'search' WHEN 1 THEN 'propose'
        WHEN 2 THEN 'confirm' END AS purpose,
    decisions.candidate, tasks.id AS task, decisions.why,
    rollouts.score, rollouts.usd, decisions.at AS decided_at, rollouts.at AS settled_at
FROM decisions
JOIN runs ON runs.key = decisions.run
LEFT JOIN tasks ON tasks.run = decisions.run AND tasks.number = decisions.task
LEFT JOIN rollouts ON rollouts.run = decisions.run AND rollouts.decision = decisions.number;

CREATE VIEW lineage AS
SELECT runs.id AS run, parentage.child, parentage.parent, candidates.operator,
    round(after.mean - before.mean, 4) AS gain, candidates.rationale, parentage.edits
FROM parentage
JOIN runs ON runs.key = parentage.run
JOIN candidates ON candidates.run = parentage.run AND candidates.number = parentage.child
LEFT JOIN standings AS after ON after.run = parentage.run AND after.evaluations > 0
    AND after.candidate = parentage.child
LEFT JOIN standings AS before ON before.run = parentage.run AND before.evaluations > 0
    AND before.candidate = parentage.parent;

CREATE VIEW task_difficulty AS
SELECT runs.id AS run, tasks.id AS task, tasks.split, tasks.domain,
    count(*) AS evaluations, count(DISTINCT rollouts.candidate) AS candidates,
    round(avg(rollouts.score), 4) AS mean_score
FROM rollouts
JOIN runs ON runs.key = rollouts.run
JOIN tasks ON tasks.run = rollouts.run AND tasks.number = rollouts.task
WHERE rollouts.purpose = 0
GROUP BY rollouts.run, rollouts.task;

CREATE VIEW systems AS
SELECT runs.id AS run, candidates.number AS candidate, configurations.id AS configuration,
    configurations.json ->> '$.name' AS name, candidates.operator,
    json_array_length(configurations.json, '$.agents') AS agents,
    coalesce(configurations.json ->> '$.rounds', 1) AS rounds,
    coalesce(configurations.json ->> '$.answer.mode', 'last') AS answer,
    candidates.rationale, configurations.json
FROM candidates
JOIN runs ON runs.key = candidates.run
JOIN configurations ON configurations.key = candidates.configuration;
"""


@MIGRATIONS(name="0001_tables_and_views")
def _tables_and_views(db: "Database") -> None:
    db.executescript(TABLES)
    db.executescript(VIEWS)


@MIGRATIONS(name="0002_replies")
def _replies(db: "Database") -> None:
    db.executescript(REPLIES)


@MIGRATIONS(name="0003_prompts")
def _prompts(db: "Database") -> None:
    db.executescript(PROMPTS)


@MIGRATIONS(name="0004_reasons")
def _reasons(db: "Database") -> None:
    db.executescript(REASONS)
