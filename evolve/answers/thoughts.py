"""A reply without the reasoning that some servers leave in its text.

A server without a reasoning parser returns thoughts and answer as one text. Usually tags enclose
the thoughts; often the opening tag stands in the chat template, so that only the closing one is
returned, and a reply that was cut off holds only the opening one.
"""

import re

_TAG = re.compile(
    r"^[ \t]*(?P<opening><(?:think|thinking|thoughts?|reasoning|seed:think)>|\[THINK\]|◁think▷"
    r"|<\|(?:begin_of_thought|start_thinking)\|>)"
    r"|(?<!`)(?P<closing></(?:think|thinking|thoughts?|reasoning|seed:think)>|\[/THINK\]|◁/think▷"
    r"|<\|(?:end_of_thought|end_thinking)\|>)(?!`)",
    re.IGNORECASE | re.MULTILINE,
)
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)[^<\n]*(?:<\|constrain\|>\w+)?<\|message\|>")
_END_OF_MESSAGE = re.compile(r"<\|(?:end|return|start|call)\|>")
_BARE_FINAL = "assistantfinal"
"""What is left of channel markers where a server drops special tokens."""


_SPECIAL = r"(?:<\|[a-zA-Z_]+\|>|</?s>|<end_of_turn>|<eos>|<｜[^<>｜\n]{1,40}｜>)"
_TOKENS_AROUND = re.compile(rf"\A(?:\s*{_SPECIAL})+|(?:{_SPECIAL}\s*)+\Z")
"""Special tokens that servers leave at the ends of a text."""


def without_thoughts(text: str) -> str:
    """The text outside of thoughts and special tokens; empty if all of it is thoughts.

    A closing tag without an opening one ends thoughts that began with the text; an opening tag
    counts at the beginning of a line, and without a closing one the thoughts last to the end.
    """
    return _TOKENS_AROUND.sub("", _outside(text))


def _outside(text: str) -> str:
    if "<|channel|>" in text:
        return _final_channel(text)
    if text.startswith("analysis") and _BARE_FINAL in text:
        return text.rpartition(_BARE_FINAL)[2]
    kept: list[str] = []
    start, inside = 0, False
    for tag in _TAG.finditer(text):
        if tag["opening"]:
            if not inside:
                kept.append(text[start : tag.start()])
            inside = True
        else:
            if not inside:
                kept.clear()
            start, inside = tag.end(), False
    if not inside:
        kept.append(text[start:])
    return "".join(kept)


def _final_channel(text: str) -> str:
    """The last message of the channel ``final`` in the format of gpt-oss; empty without one."""
    final = None
    for channel in _CHANNEL.finditer(text):
        if channel[1].lower() == "final":
            final = channel
    return "" if final is None else _END_OF_MESSAGE.split(text[final.end() :], maxsplit=1)[0]
