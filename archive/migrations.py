"""The tables and views of an archive, as numbered migrations; `archive.tables` is the first."""

from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations

from archive.tables import TABLES, VIEWS

if TYPE_CHECKING:
    from sqlite_utils import Database

MIGRATIONS = Migrations("archive")

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

JUDGES_AND_ENDPOINTS = """
-- Evaluations that were paid for and whose answer nobody could score.
CREATE TABLE unscored (
    run INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    candidate INTEGER NOT NULL,
    task INTEGER NOT NULL,
    trial INTEGER NOT NULL,
    purpose INTEGER NOT NULL, -- 0 search, 2 confirm
    reason TEXT NOT NULL,
    rounds INTEGER NOT NULL,
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

-- What judges said about answers, as JSON compressed with zlib: their scores are opinions.
CREATE TABLE judgements (
    run INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    usd REAL,
    seconds REAL NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (run, decision),
    FOREIGN KEY (run, decision) REFERENCES decisions (run, number)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

-- What endpoints turned out to take, so that nobody has to find it out again; no key is part of it.
CREATE TABLE endpoints (
    key TEXT PRIMARY KEY, -- JSON: base URL and model
    run INTEGER NOT NULL REFERENCES runs (key), -- who found it out
    takes TEXT NOT NULL, -- JSON
    found TEXT NOT NULL -- UTC
) STRICT;

DROP VIEW spend_by_purpose;
CREATE VIEW spend_by_purpose AS
SELECT runs.id AS run,
    CASE purpose WHEN 0 THEN 'search' WHEN 1 THEN 'propose' WHEN 2 THEN 'confirm'
        WHEN 3 THEN 'judge' WHEN 4 THEN 'lost' END AS purpose,
    calls, prompt_tokens, completion_tokens, usd, seconds
FROM spending JOIN runs ON runs.key = spending.run;
"""


EXCESS = """
-- Completion tokens beyond what the calls were allowed: not every endpoint keeps limits.
ALTER TABLE rollouts ADD COLUMN excess INTEGER NOT NULL DEFAULT 0;
ALTER TABLE unscored ADD COLUMN excess INTEGER NOT NULL DEFAULT 0;
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


@MIGRATIONS(name="0005_judges_and_endpoints")
def _judges_and_endpoints(db: "Database") -> None:
    db.executescript(JUDGES_AND_ENDPOINTS)


@MIGRATIONS(name="0006_excess")
def _excess(db: "Database") -> None:
    db.executescript(EXCESS)
