"""Word problems of three to five steps with a whole number as their answer."""

from random import Random

from configs.puzzle_tasks.words import NAMES


def make(random: Random) -> tuple[str, str]:
    """Returns a question and its answer."""
    return random.choice((_sharing, _train, _wages, _bakery, _tank, _savings))(random)


def _sharing(random: Random) -> tuple[str, str]:
    name, friends, each = random.choice(NAMES), random.randint(3, 9), random.randint(6, 19)
    boxes, per_box, loose = random.randint(4, 9), random.randint(4, 12), random.randint(2, 9)
    given = boxes * per_box + loose - friends * each
    if not 3 <= given <= 60:
        return _sharing(random)
    thing = random.choice(("marbles", "pencils", "stickers", "beads"))
    return (
        f"{name} has {boxes} boxes with {per_box} {thing} in each box and {loose} loose {thing}. "
        f"After giving {given} {thing} to a neighbour, {name} shares the rest equally among "
        f"{friends} friends. How many {thing} does each friend get?"
    ), str(each)


def _train(random: Random) -> tuple[str, str]:
    carriages, seats = random.randint(5, 12), random.choice((48, 54, 62, 68, 72))
    taken, on, off = random.randint(90, 180), random.randint(25, 60), random.randint(30, 80)
    return (
        f"A train has {carriages} carriages with {seats} seats each. {taken} passengers are "
        f"seated when it reaches a stop, where {on} more get on and {off} get off. If everyone "
        "on board sits, how many seats are free when it leaves?"
    ), str(carriages * seats - taken - on + off)


def _wages(random: Random) -> tuple[str, str]:
    name, rate, extra = random.choice(NAMES), random.randint(11, 24), random.randint(3, 8)
    week, weekend, rent = random.randint(18, 36), random.randint(4, 14), random.randint(90, 210)
    return (
        f"{name} earns {rate} dollars an hour on weekdays and {extra} dollars an hour more at "
        f"the weekend. In one week {name} works {week} hours on weekdays and {weekend} hours at "
        f"the weekend, and then pays {rent} dollars of rent. How many dollars are left?"
    ), str(rate * week + (rate + extra) * weekend - rent)


def _bakery(random: Random) -> tuple[str, str]:
    trays, rolls, burnt = random.randint(6, 15), 4 * random.randint(5, 12), random.randint(2, 9)
    share, part = random.choice((("Half", 2), ("A quarter", 4)))
    price = random.randint(2, 5)
    sold = trays * rolls - trays * rolls // part - burnt
    return (
        f"A bakery bakes {trays} trays of {rolls} rolls. {share} of all the rolls go to a school "
        f"for nothing, {burnt} of the others are burnt and thrown away, and the remaining rolls "
        f"are sold for {price} dollars each. How many dollars does the bakery take?"
    ), str(sold * price)


def _tank(random: Random) -> tuple[str, str]:
    leak, minutes, start = random.randint(3, 9), random.randint(12, 45), random.randint(20, 90)
    fill = leak + random.randint(4, 16)
    return (
        f"A tank that can hold {start + (fill - leak) * minutes} litres has {start} litres in it. "
        f"A tap adds {fill} litres a minute while a leak loses {leak} litres a minute. How many "
        "minutes does it take until the tank is full?"
    ), str(minutes)


def _savings(random: Random) -> tuple[str, str]:
    first, second = random.sample(NAMES, 2)
    weekly, gift, weeks = random.randint(12, 30), random.randint(25, 95), random.randint(7, 20)
    less = weekly - random.randint(3, 11)
    return (
        f"{first} saves {weekly} dollars a week and starts with nothing. {second} starts with "
        f"{gift} dollars and saves {less} dollars a week. How many dollars do the two have "
        f"together after {weeks} weeks?"
    ), str(weeks * (weekly + less) + gift)
