"""Functions of expressions by the type of their values: `.str`, `.dt`, `.list` and `.struct`."""

from __future__ import annotations

from parquetframe._expression import Expr, called, lit


class _Functions:
    __slots__ = ("_expr",)

    def __init__(self, expr: Expr) -> None:
        self._expr = expr

    def _call(self, function: str, *arguments: object) -> Expr:
        return self._expr._call(function, *arguments)


class StringFunctions(_Functions):
    """Functions on text: `pf.col("name").str`."""

    __slots__ = ()

    def lower(self) -> Expr:
        """In small letters."""
        return self._call("lower")

    def upper(self) -> Expr:
        """In capital letters."""
        return self._call("upper")

    to_lowercase = lower
    to_uppercase = upper

    def len_chars(self) -> Expr:
        """How many characters."""
        return self._call("length")

    len = len_chars

    def len_bytes(self) -> Expr:
        """How many bytes in UTF-8."""
        return self._call("octet_length")

    def contains(self, pattern: str, *, literal: bool = False) -> Expr:
        """Whether a regular expression matches somewhere, or with `literal` the text itself occurs."""
        return self._call("contains" if literal else "regexp_matches", pattern)

    def starts_with(self, prefix: str) -> Expr:
        """Whether the text begins so."""
        return self._call("starts_with", prefix)

    def ends_with(self, suffix: str) -> Expr:
        """Whether the text ends so."""
        return self._call("ends_with", suffix)

    def replace(self, pattern: str, value: str, *, literal: bool = False) -> Expr:
        """The first match of a regular expression replaced, or with `literal` all places of the text itself."""
        if literal:
            return self._call("replace", pattern, value)
        return self._call("regexp_replace", pattern, value)

    def replace_all(self, pattern: str, value: str, *, literal: bool = False) -> Expr:
        """All matches replaced."""
        if literal:
            return self._call("replace", pattern, value)
        return self._call("regexp_replace", pattern, value, "g")

    def extract(self, pattern: str, group: int = 1) -> Expr:
        """What a group of a regular expression matches."""
        return self._call("regexp_extract", pattern, group)

    def slice(self, offset: int, length: int | None = None) -> Expr:
        """A part of the text, from a place counted from 0, or from the end if it is negative."""
        start = offset + 1 if offset >= 0 else offset
        return (
            self._call("substr", start)
            if length is None
            else self._call("substr", start, length)
        )

    def split(self, by: str) -> Expr:
        """The parts between separators, as a list."""
        return self._call("string_split", by)

    def strip_chars(self, characters: str | None = None) -> Expr:
        """Without spaces, or these characters, at both ends."""
        return (
            self._call("trim") if characters is None else self._call("trim", characters)
        )

    strip = strip_chars

    def zfill(self, length: int) -> Expr:
        """Filled up with zeros at the left."""
        return self._call("lpad", length, "0")

    def strptime(self, format: str) -> Expr:  # noqa: A002 - it is what it is called
        """The timestamp that the text says in this format."""
        return self._call("strptime", format)

    def to_date(self, format: str | None = None) -> Expr:  # noqa: A002
        """The date that the text says, in ISO 8601 or a format."""
        return (self._expr if format is None else self.strptime(format)).cast("DATE")

    def to_datetime(self, format: str | None = None) -> Expr:  # noqa: A002
        """The timestamp that the text says, in ISO 8601 or a format."""
        return self._expr.cast("TIMESTAMP") if format is None else self.strptime(format)


class DateFunctions(_Functions):
    """Functions on dates and times: `pf.col("day").dt`."""

    __slots__ = ()

    def _part(self, part: str) -> Expr:
        return called("date_part", [lit(part), self._expr], self._expr.name)

    def year(self) -> Expr:
        """The year."""
        return self._part("year")

    def quarter(self) -> Expr:
        """The quarter, 1 to 4."""
        return self._part("quarter")

    def month(self) -> Expr:
        """The month, 1 to 12."""
        return self._part("month")

    def week(self) -> Expr:
        """The week of ISO 8601, 1 to 53."""
        return self._part("week")

    def day(self) -> Expr:
        """The day of the month."""
        return self._part("day")

    def ordinal_day(self) -> Expr:
        """The day of the year."""
        return self._part("doy")

    def weekday(self) -> Expr:
        """The day of the week of ISO 8601: Monday is 1, Sunday 7."""
        return self._part("isodow")

    def hour(self) -> Expr:
        """The hour."""
        return self._part("hour")

    def minute(self) -> Expr:
        """The minute."""
        return self._part("minute")

    def second(self) -> Expr:
        """The second, without its fraction."""
        return self._part("second").floor().cast("BIGINT")

    def epoch(self) -> Expr:
        """Seconds since 1970."""
        return self._call("epoch")

    def date(self) -> Expr:
        """The day."""
        return self._expr.cast("DATE")

    def truncate(self, unit: str) -> Expr:
        """The beginning of the unit, such as `"month"`, in which the moment lies."""
        return called("date_trunc", [lit(unit), self._expr], self._expr.name)

    def strftime(self, format: str) -> Expr:  # noqa: A002
        """As text in a format."""
        return self._call("strftime", format)

    to_string = strftime


class ListFunctions(_Functions):
    """Functions on lists: `pf.col("tags").list`."""

    __slots__ = ()

    def len(self) -> Expr:
        """How many elements."""
        return self._call("len")

    def get(self, index: int) -> Expr:
        """The element at a place from 0, or from the end if it is negative; NULL where there is none."""
        return self._call("list_extract", index + 1 if index >= 0 else index)

    def contains(self, item: object) -> Expr:
        """Whether an element is this."""
        return self._call("list_contains", item)

    def join(self, separator: str) -> Expr:
        """The elements as one text."""
        return self._call("array_to_string", separator)

    def sum(self) -> Expr:
        """The sum of the elements."""
        return self._call("list_sum")

    def min(self) -> Expr:
        """The least element."""
        return self._call("list_min")

    def max(self) -> Expr:
        """The greatest element."""
        return self._call("list_max")

    def mean(self) -> Expr:
        """The mean of the elements."""
        return self._call("list_avg")

    def sort(self) -> Expr:
        """The elements in order."""
        return self._call("list_sort")

    def reverse(self) -> Expr:
        """The elements from the last to the first."""
        return self._call("list_reverse")

    def unique(self) -> Expr:
        """The different elements."""
        return self._call("list_distinct")


class StructFunctions(_Functions):
    """Functions on structs: `pf.col("address").struct`."""

    __slots__ = ()

    def field(self, name: str) -> Expr:
        """The field of this name."""
        return self._call("struct_extract", name).alias(name)
