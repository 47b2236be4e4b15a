"""The tables of an archive.

Every row carries its run as a small integer key. Tables that grow by the million have no rowid and
are stored in the order in which they are read.
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

-- One row for each way a configuration is written; those that differ only in labels, in names of
-- agents or in their order share an id.
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
    "after" INTEGER NOT NULL, -- how many results had been observed
    at REAL NOT NULL,
    why TEXT NOT NULL, -- the allocator's reason
    PRIMARY KEY (run, number),
    FOREIGN KEY (run, candidate) REFERENCES candidates (run, number)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (run, task) REFERENCES tasks (run, number) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE rollouts (
    run INTEGER NOT NULL,
    position INTEGER NOT NULL,
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
    cached_prompt_tokens INTEGER NOT NULL, -- held by the endpoint's prompt cache
    completion_tokens INTEGER NOT NULL,
    usd REAL,
    seconds REAL NOT NULL,
    overrun INTEGER NOT NULL, -- completion tokens beyond what the calls were allowed
    at REAL NOT NULL,
    PRIMARY KEY (run, position),
    UNIQUE (run, decision),
    FOREIGN KEY (run, decision) REFERENCES decisions (run, number)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX rollouts_by_candidate ON rollouts (run, candidate);

CREATE TABLE proposal_results (
    run INTEGER NOT NULL,
    position INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    candidate INTEGER,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    repairs INTEGER NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (run, position),
    UNIQUE (run, decision),
    FOREIGN KEY (run, decision) REFERENCES decisions (run, number)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (run, candidate) REFERENCES candidates (run, number)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

-- Evaluations that were paid for and whose answer could not be scored.
CREATE TABLE unscored (
    run INTEGER NOT NULL,
    position INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    candidate INTEGER NOT NULL,
    task INTEGER NOT NULL,
    trial INTEGER NOT NULL,
    purpose INTEGER NOT NULL, -- 0 search, 2 confirm
    reason TEXT NOT NULL,
    given_up INTEGER NOT NULL, -- 1: the budget did not cover its next model call
    rounds INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    cached_prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    usd REAL,
    seconds REAL NOT NULL,
    overrun INTEGER NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (run, position),
    UNIQUE (run, decision),
    FOREIGN KEY (run, decision) REFERENCES decisions (run, number)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

-- The calls of judges, as JSON compressed with zlib; scores by judges are opinions.
CREATE TABLE judgements (
    run INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    cached_prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    usd REAL,
    seconds REAL NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (run, decision),
    FOREIGN KEY (run, decision) REFERENCES decisions (run, number)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

-- The texts of the calls of a rollout or a proposal, as JSON compressed with zlib.
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

-- Running totals, so that rollouts need not be summed.
CREATE TABLE spending (
    run INTEGER NOT NULL REFERENCES runs (key),
    purpose INTEGER NOT NULL, -- 0 search, 1 propose, 2 confirm, 3 judge, 4 lost
    calls INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    cached_prompt_tokens INTEGER NOT NULL,
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
    cost REAL, -- mean cost of an evaluation, in the run's unit; NULL: unknown
    PRIMARY KEY (run, candidate),
    FOREIGN KEY (run, candidate) REFERENCES candidates (run, number)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
    key INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (key),
    results_seen INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX snapshots_by_run ON snapshots (run, results_seen);

CREATE TABLE confirmations (
    key INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (key),
    json TEXT NOT NULL
) STRICT;

CREATE TABLE looks (
    key INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (key),
    purpose TEXT NOT NULL,
    winner INTEGER, -- the candidate that was confirmed
    seed INTEGER, -- the seed that it was compared with
    controls TEXT NOT NULL, -- JSON: the controls to compare it with
    tasks TEXT NOT NULL, -- JSON: the numbers of the tasks
    "after" INTEGER NOT NULL, -- how many results had been observed
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

-- The prompt templates of proposals, each version of each once.
CREATE TABLE prompts (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL, -- a hash of the text
    text TEXT NOT NULL,
    UNIQUE (name, text)
) STRICT;

CREATE TABLE proposal_prompts (
    run INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    position INTEGER NOT NULL,
    prompt INTEGER NOT NULL REFERENCES prompts (key),
    PRIMARY KEY (run, decision, position),
    FOREIGN KEY (run, decision) REFERENCES decisions (run, number)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

-- Paid replies, under a hash of model, request and sample; every run may use them.
CREATE TABLE replies (
    key BLOB PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (key),
    body BLOB NOT NULL -- JSON compressed with zlib
) STRICT;

-- Which request options endpoints accept, so that it is found out once; no secret is part of it.
CREATE TABLE endpoints (
    key TEXT PRIMARY KEY, -- JSON: base URL and model
    run INTEGER NOT NULL REFERENCES runs (key), -- which found it out
    takes TEXT NOT NULL, -- JSON
    found TEXT NOT NULL -- UTC
) STRICT;
"""
