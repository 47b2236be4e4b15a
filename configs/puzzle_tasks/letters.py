"""Questions about the letters of words."""

from random import Random

from configs.puzzle_tasks.words import WORDS


def make(random: Random) -> tuple[str, str]:
    """Returns a question and its answer."""
    return random.choice((_last_letters, _backwards, _count, _without_vowels))(random)


def _last_letters(random: Random) -> tuple[str, str]:
    words = random.sample(WORDS, random.choice((4, 5)))
    return (
        f"Take the last letter of each word in '{' '.join(words)}' and join the letters in that "
        "order. What do you get?"
    ), "".join(word[-1] for word in words)


def _backwards(random: Random) -> tuple[str, str]:
    one, other = random.sample(WORDS, 2)
    return (
        f"Join '{one}' and '{other}' into one string and write that string backwards. What do "
        "you get?"
    ), (one + other)[::-1]


def _count(random: Random) -> tuple[str, str]:
    words, letter = " ".join(random.sample(WORDS, 6)), random.choice("aenrt")
    return (
        f"How many times does the letter '{letter}' occur in '{words}'?",
        str(words.count(letter)),
    )


def _without_vowels(random: Random) -> tuple[str, str]:
    one, other = random.sample(WORDS, 2)
    return (
        f"Join '{one}' and '{other}' into one string and leave out every a, e, i, o and u. What "
        "is left?"
    ), "".join(letter for letter in one + other if letter not in "aeiou")
