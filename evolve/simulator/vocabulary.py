"""Regular expressions (lower case) for wordings that ask for a way of working.

One family for each feature and each role; a hit of any member counts once.
"""

from collections.abc import Mapping
from typing import Final, Literal

Feature = Literal[
    "step_by_step",
    "verify",
    "restate",
    "plan",
    "alternatives",
    "eliminate",
    "tabulate",
    "spell",
    "principle",
    "units",
    "format",
    "independent",
    "combine",
    "abstain",
    "concise",
    "elaborate",
    "hasty",
]
Role = Literal[
    "arithmetic", "logic", "language", "time", "units", "critic", "planner", "judge", "expert"
]

PROCEDURES: Final[frozenset[Feature]] = frozenset(
    (
        *("step_by_step", "verify", "restate", "plan", "alternatives", "eliminate", "tabulate"),
        *("spell", "principle"),
    )
)
"""Features that are procedures, and so compete for attention."""

TOPICS: Final[frozenset[Role]] = frozenset(("arithmetic", "logic", "language", "time", "units"))
"""Roles that stand for knowledge of a topic."""

FEATURES: Final[Mapping[Feature, tuple[str, ...]]] = {
    "step_by_step": (
        r"step[- ]by[- ]step",
        r"one \w+ at a time",
        r"step ?wise",
        r"in (?:small |simple |clear )?steps\b",
        r"(?:show|give|write|lay out|set out) (?:\w+ )?(?:work|reason|steps?|calculation|thinking)",
        r"(?:each|every|all|your|the|intermediate) (?:\w+ )?(?:steps?|working)\b",
        r"(?:your|the) (?:reasoning|thinking|train of thought)\b",
        r"(?:think|reason|work|talk|go)\w* (?:\w+ ){0,3}?"
        r"(?:through|out loud|aloud|carefully|first|slowly)",
        r"(?:think|reason)\w* (?:\w+ )?before",
        r"reason (?:about|it|explicitly)",
        r"explain (?:how|why|your|the|each|every|it)",
        r"explanations?\b",
        r"explaining\b",
        r"chain of thought",
        r"\bderiv",
        r"methodical",
    ),
    "verify": (
        r"verif",
        r"(?:double|cross|re)[- ]?check",
        r"(?<!spell)\bcheck(?:ing|s|ed)?\b",
        r"sanity",
        r"make sure",
        r"\bre-?(?:comput|calculat|count|do\b)",
        r"confirm",
        r"(?:plug|substitut|put)\w* (?:\w+ ){1,3}back",
        r"(?:look|watch|search|hunt) (?:out )?for (?:\w+ )?(?:mistake|error|slip)",
        r"test (?:your|the) (?:answer|result)",
        r"scrutin",
        r"\baudit\b",
        r"find (?:\w+ )?(?:mistake|error|slip|flaw)",
    ),
    "restate": (
        r"restat",
        r"rephras",
        r"paraphras",
        r"in your own words",
        r"what is (?:being )?(?:asked|given|known|wanted)",
        r"what the (?:question|task|problem) (?:asks|wants|says)",
        r"(?:repeat|re-?read|summari[sz]e) (?:the )?(?:question|problem|task)",
        r"read (?:\w+ ){1,3}(?:carefully|twice|closely|again)",
        r"\bgivens\b",
        r"condense",
        r"(?:note|identify|state) what",
        r"understand (?:the|what)",
    ),
    "plan": (
        r"\bplan\b",
        r"planning",
        r"decompos",
        r"break (?:\w+ ){1,3}?(?:down|up|into|apart)",
        r"sub-?(?:problem|question|task|goal|step)",
        r"(?:smaller|simpler|separate) (?:part|piece|problem|question|step)",
        r"(?:split|divide) (?:\w+ ){1,4}?(?:in|into)\b",
        r"outline",
        r"(?:part by part|piece by piece)",
        r"strategy",
    ),
    "alternatives": (
        r"alternativ",
        r"(?:another|second|different|other|independent|several|two|multiple|various) (?:\w+ )?"
        r"(?:way|method|approach|angle|route|solution|idea)",
        r"more than one (?:way|method|approach)",
        r"(?:consider|weigh|compare|explore) (?:\w+ ){0,2}"
        r"(?:possib|option|candidate|explanation|interpretation)",
        r"from scratch",
        r"counter-?example",
        r"(?:choose|find|take) an? (?:\w+ )?approach",
        r"brainstorm",
        r"devil's advocate",
    ),
    "eliminate": (
        r"eliminat",
        r"rul(?:e|es|ing) (?:\w+ )?out",
        r"cross (?:\w+ )?(?:out|off)",
        r"strike (?:\w+ )?(?:out|off)",
        r"exclud",
        r"discard",
        r"contradict",
        r"impossib",
        r"what cannot",
        r"case by case",
        r"(?:each|every|all)(?: of the)?(?: possible)? (?:case|possib|option|order|arrangement)",
    ),
    "tabulate": (
        r"\btable\b",
        r"tabulat",
        r"\bgrid\b",
        r"time ?line",
        r"diagram",
        r"\bchart\b",
        r"keep track of (?!units)",
        r"(?:month by month|week by week|day by day)",
        r"bullet",
        r"\blist (?:the|all|every|each|out)",
        r"(?:write|note) (?:down|out) (?:the|all|every|each|what)",
        r"running (?:total|count|tally)",
        r"\btally",
    ),
    "spell": (
        r"\bspell",
        r"(?:letter by letter|character by character)",
        r"(?:one|each|every|single) (?:letter|character)",
        r"letters? (?:\w+ )?apart",
    ),
    "principle": (
        r"principle",
        r"formula",
        r"general (?:rule|question|problem)",
        r"underlying (?:rule|idea)",
        r"definitions?\b",
        r"step back",
        r"which rule",
    ),
    "units": (r"\bunits?\b", r"conversion", r"\bconvert", r"dimension", r"measurement"),
    "format": (
        r"format",
        r"(?:requested|required|exact|asked|expected) (?:form|way|shape)\b",
        r"rounding",
        r"exactly as (?:asked|requested)",
        r"(?:final|last) line",
        r"after the (?:final )?answer",
        r"decimal places",
    ),
    "independent": (
        r"follow it yourself",
        r"by yourself",
        r"for yourself",
        r"independent(?:ly| of| judg)",
        r"own judge?ment",
        r"critically",
        r"disagree",
        r"without trusting",
        r"survives? (?:the|their) criticism",
        r"defend (?:it|your)",
        r"do(?: not|n't) (?:simply |just )?(?:follow|copy|trust|agree)",
    ),
    "combine": (
        r"combin",
        r"\bmerg(?:e|ing)",
        r"synthesi[sz]",
        r"aggregat",
        r"(?:improve|correct|refine|revise|edit) the (?:draft|answer|solution|work)",
        r"what (?:\w+ ){1,3}agree on",
        r"majority",
        r"consensus",
    ),
    "abstain": (
        r"do(?: not|n't) (?:yet )?(?:try to )?(?:solve|answer) "
        r"(?:the (?:task|question|problem)|it|them)\b(?! (?:\w+ )?(?:before|until|unless|without))",
        r"do(?: not|n't) (?:write|give|state) (?:the|an|your) (?:final |next )?"
        r"(?:answer|solution|attempt)",
    ),
    "concise": (
        r"concis",
        r"\bbrief",
        r"succinct",
        r"\bterse",
        r"\bshort(?:ly|er)?\b",
        r"few words",
        r"compact",
        r"(?:one|single|two) (?:short )?sentence",
        r"economical",
        r"to the point",
        r"waste no",
        r"keep it (?:simple|tight)",
    ),
    "elaborate": (
        r"(?:full|great|complete|rich|much|every) detail",
        r"in detail",
        r"detailed",
        r"thorough",
        r"elaborat",
        r"at length",
        r"exhaustiv",
        r"comprehensiv",
        r"verbose",
        r"long answer",
    ),
    "hasty": (
        r"(?:only|just|nothing but) (?:\w+ ){0,3}?(?:answer|result|number|word)\b",
        r"answer (?:only(?! with)|alone|directly)",
        r"immediate",
        r"\bat once",
        r"(?:right|straight) ?away",
        r"instant",
        r"\bquick",
        r"\bfast\b",
        r"(?:your|a|best) guess",
        r"first (?:thing|answer|idea) that",
    ),
}

ROLES: Final[Mapping[Role, tuple[str, ...]]] = {
    "arithmetic": ("mathem", "arithmet", "calculat", "number", "algebra", "accountant", "statist"),
    "logic": ("logic", "deduc", "detective", "puzzle", "reason"),
    "language": ("linguist", "letter", "spell", "word", "lexicograph", "typeset", "language"),
    "time": ("calendar", "date", "time", "schedul", "chronolog", "almanac"),
    "units": ("unit", "measur", "conver", "engineer", "physic", "metrolog", "pharmac", "chemist"),
    "critic": (
        *("critic", "review", "verif", "check", "sceptic", "skeptic", "audit", "examin"),
        *("inspect", "referee", "devil"),
    ),
    "planner": ("plan", "decompos", "coordinat", "manager", "architect", "strateg", "lead"),
    "judge": ("judge", "arbit", "select", "aggregat", "synthes", "summar", "moderat"),
    "expert": (
        *("expert", "specialist", "professional", "experienced", "senior", "master", "professor"),
        *("careful", "meticulous"),
    ),
}
"""Stems of words that describe a role."""
