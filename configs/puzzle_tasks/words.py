"""Names and words that problems are made of."""

_NAMES = """
    Ada Bruno Carla Dmitri Elena Farid Greta Hugo Ines Jonas Keiko Lars Mina Nadia Otto Petra
    Quinn Rosa Stefan Tamar Ugo Vera Wanda Yusuf Zoe
"""
_WORDS = """
    anchor basket candle desert engine fabric garden hammer island jacket kettle ladder marble
    napkin orange pencil quartz ribbon saddle temple unicorn velvet window yellow zipper blanket
    compass dolphin emerald feather gallery harvest journey kitchen lantern machine network
    octopus package quarter rainbow scatter thunder village whisper balcony century diamond
"""
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_MONTHS = """
    January February March April May June July August September October November December
"""

NAMES = _NAMES.split()
WORDS = _WORDS.split()
DAYS = _DAYS.split()
MONTHS = _MONTHS.split()
