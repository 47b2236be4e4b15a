"""Questions about dates, weekdays and clock times."""

from datetime import date, timedelta
from random import Random

from configs.puzzle_tasks.words import DAYS, MONTHS


def make(random: Random) -> tuple[str, str]:
    """Returns a question and its answer."""
    return random.choice((_weekday, _days_between, _later_date, _clock))(random)


def _weekday(random: Random) -> tuple[str, str]:
    day = date(2021, 1, 1) + timedelta(days=random.randrange(3000))
    gap = random.randint(17, 320)
    return (
        f"{_said(day)} {day.year} is a {DAYS[day.weekday()]}. What day of the week is it "
        f"{gap} days later?"
    ), DAYS[(day + timedelta(days=gap)).weekday()]


def _days_between(random: Random) -> tuple[str, str]:
    start = date(2023, 1, 1) + timedelta(days=random.randrange(200))
    gap = random.randint(24, 160)
    return (
        f"In a year that is not a leap year, a course starts on {_said(start)} and its exam is on "
        f"{_said(start + timedelta(days=gap))}. How many days after the start is the exam?"
    ), str(gap)


def _later_date(random: Random) -> tuple[str, str]:
    day = date(2021, 1, 1) + timedelta(days=random.randrange(1400))
    gap = random.randint(26, 130)
    return (
        f"A parcel is sent on {_said(day)} {day.year} and arrives {gap} days later. On what date "
        "does it arrive? Give the day and the month, such as 5 May."
    ), _said(day + timedelta(days=gap))


def _clock(random: Random) -> tuple[str, str]:
    start, lasts = random.randrange(480, 1300), random.randint(85, 260)
    breaks, pause = random.randint(2, 4), random.randint(7, 18)
    return (
        f"A rehearsal starts at {_time(start)}. It takes {lasts} minutes of playing and has "
        f"{breaks} breaks of {pause} minutes each. At what time does it end? Use the 24-hour "
        "clock, such as 09:05."
    ), _time(start + lasts + breaks * pause)


def _said(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]}"


def _time(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
