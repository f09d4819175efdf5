"""The State Council's calendar of days off and make-up days (国务院办公厅放假安排), from the package `holidays`:
the one module that knows it.
"""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache

import holidays
from holidays.countries.china import ChinaStaticHolidays

from channels.words import Words
from hub.domain.workdays import Day, Kind

_NAMES = {"zh": "zh_CN", "en": "en_US"}
# The package names the day that was swapped for it; the calendar shows that one by itself.
_SWAPPED = Words("调休放假", "day off, swapped")
_MAKEUP = Words("调休上班", "make-up working day")
_WEEKEND = Words("周末", "weekend")


@cache
def announced() -> frozenset[int]:
    """The years whose notice the package holds: those for which it names the days that were swapped. It names none for
    a year that the State Council has not announced yet (the notice comes in November).
    """
    return frozenset(int(year) for year in ChinaStaticHolidays.special_public_holidays)


@cache
def _year(year: int, language: str) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year, language=_NAMES[language])


class StateCouncil:
    """The calendar. Of a year that is not announced only the days that the law itself names are known; its days are
    provisional (暂算).
    """

    def day(self, of: date) -> Day:
        """What that day is."""
        return _day(of)


@lru_cache(maxsize=2048)
def _day(of: date) -> Day:
    zh, en = _year(of.year, "zh"), _year(of.year, "en")
    provisional = of.year not in announced()
    if of in zh:
        name = _SWAPPED if "调休" in zh[of] else Words(zh[of], en[of])
        return Day(of, Kind.HOLIDAY, name, provisional)
    if zh.is_weekend(of):
        works = zh.is_working_day(of)
        return Day(of, Kind.MAKEUP if works else Kind.WEEKEND, _MAKEUP if works else _WEEKEND, provisional)
    return Day(of, Kind.WORKDAY, provisional=provisional)


CALENDAR = StateCouncil()
