"""Quantities to be told in other units, with a whole number as their answer."""

from random import Random


def make(random: Random) -> tuple[str, str]:
    """Returns a question and its answer."""
    return random.choice((_recipe, _speed, _length, _medicine, _paint))(random)


def _recipe(random: Random) -> tuple[str, str]:
    cups, spoons = random.randint(3, 9), random.randint(2, 7)
    return (
        "A cup holds 240 millilitres and a tablespoon 15 millilitres. How many millilitres are "
        f"{cups} and a half cups and {spoons} tablespoons together?"
    ), str(cups * 240 + 120 + spoons * 15)


def _speed(random: Random) -> tuple[str, str]:
    metres, minutes = random.randint(3, 25), random.randint(4, 45)
    if random.random() < 0.5:
        asked, answer = f"metres does it cover in {minutes} minutes", metres * 60 * minutes
    else:
        asked, answer = "hundreds of metres does it cover in an hour", metres * 36
    return f"A boat moves at {metres} metres a second. How many {asked}?", str(answer)


def _length(random: Random) -> tuple[str, str]:
    yards, feet, inches = random.randint(3, 18), random.randint(1, 2), random.randint(2, 11)
    return (
        f"A yard has 3 feet and a foot has 12 inches. A rope is {yards} yards, {feet} "
        f"{'foot' if feet == 1 else 'feet'} and {inches} inches long. How many inches is that?"
    ), str((yards * 3 + feet) * 12 + inches)


def _medicine(random: Random) -> tuple[str, str]:
    dose, times = random.choice((125, 250, 375, 500)), random.randint(2, 4)
    days = random.randint(4, 28)
    total = dose * times * days
    grams = total // 1000 + 1
    if total % 1000 == 0:
        return _medicine(random)
    return (
        f"A patient takes {dose} milligrams of a medicine {times} times a day for {days} days. "
        f"How many milligrams less than {grams} grams is that in all?"
    ), str(grams * 1000 - total)


def _paint(random: Random) -> tuple[str, str]:
    wide, high, per_litre = random.randint(3, 9), random.randint(2, 4), random.choice((5, 8, 10))
    coats = random.randint(2, 3)
    return (
        f"A wall is {wide} metres wide and {high * 100} centimetres high. A litre of paint covers "
        f"{per_litre} square metres once. How many millilitres of paint do {coats} coats need?"
    ), str(coats * wide * high * 1000 // per_litre)
