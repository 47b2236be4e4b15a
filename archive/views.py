"""Views that show an archive's tables with names, for people who use ``sqlite3`` or Datasette."""

VIEWS = """
CREATE VIEW ranking AS
SELECT runs.id AS run, standings.candidate, configurations.id AS configuration,
    candidates.operator, round(standings.mean, 4) AS mean,
    round(max(0, standings.mean - 1.96 * standings.deviation), 4) AS low,
    round(min(1, standings.mean + 1.96 * standings.deviation), 4) AS high,
    standings.evaluations, standings.cost AS cost_per_evaluation,
    coalesce(runs.settings ->> '$.objective.cost', 'usd') AS cost_unit
FROM standings
JOIN runs ON runs.key = standings.run
JOIN candidates ON candidates.run = standings.run AND candidates.number = standings.candidate
JOIN configurations ON configurations.key = candidates.configuration
WHERE standings.evaluations > 0
ORDER BY runs.key DESC, standings.mean DESC;

CREATE VIEW spend_by_purpose AS
SELECT runs.id AS run,
    CASE purpose WHEN 0 THEN 'search' WHEN 1 THEN 'propose' WHEN 2 THEN 'confirm'
        WHEN 3 THEN 'judge' WHEN 4 THEN 'lost' END AS purpose,
    calls, prompt_tokens, cached_prompt_tokens, completion_tokens, usd, seconds
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
SELECT runs.id AS run, rollouts.position, rollouts.candidate, tasks.id AS task, tasks.split,
    CASE rollouts.purpose WHEN 0 THEN 'search' WHEN 1 THEN 'propose'
        WHEN 2 THEN 'confirm' END AS purpose,
    rollouts.score, rollouts.feedback, rollouts.failure, rollouts.calls,
    rollouts.usd, rollouts.seconds
FROM rollouts
JOIN runs ON runs.key = rollouts.run
JOIN tasks ON tasks.run = rollouts.run AND tasks.number = rollouts.task;

CREATE VIEW proposals AS
SELECT runs.id AS run, made.decision, made.candidate, made.outcome,
    made.repairs AS invalid, made.reason,
    (SELECT group_concat(prompts.name || '@' || prompts.version, ' ')
        FROM proposal_prompts JOIN prompts ON prompts.key = proposal_prompts.prompt
        WHERE proposal_prompts.run = made.run AND proposal_prompts.decision = made.decision)
        AS prompts
FROM proposal_results AS made JOIN runs ON runs.key = made.run;

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
