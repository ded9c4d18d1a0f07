"""The methods of a frame that write files."""

from __future__ import annotations

import os
from collections.abc import Sequence

from parquetframe._literals import Option, Path, identifiers, literal
from parquetframe._verbs import Verbs


class Writers(Verbs):
    """Files of a frame's rows, by `COPY … TO`."""

    __slots__ = ()

    def write_parquet(self, path: Path, **options: Option) -> int:
        """Write a Parquet file, or with `partition_by` a folder of them; options are those of `COPY … TO`.

        A reader sees the old file or the new one, never a part. The number of rows is given back.
        """
        return self.write(path, format="parquet", **options)

    def write_csv(self, path: Path, **options: Option) -> int:
        """Write a CSV file; options are those of `COPY … TO`, such as `delim`, `header` and `compression`."""
        return self.write(path, format="csv", **options)

    def write_json(self, path: Path, **options: Option) -> int:
        """Write a JSON file with one array of objects."""
        return self.write(path, format="json", array=True, **options)

    def write_ndjson(self, path: Path, **options: Option) -> int:
        """Write a JSON file with an object a line."""
        return self.write(path, format="json", **options)

    def write_avro(self, path: Path, **options: Option) -> int:
        """Write an Avro file."""
        return self.write(path, format="avro", **options)

    def write_arrow(self, path: Path, **options: Option) -> int:
        """Write a file of Arrow's IPC format."""
        return self.write(path, format="arrow", **options)

    def write(self, path: Path, **options: Option) -> int:
        r"""Write a file in the format of `format`, or of the path's ending.

        >>> import pathlib, tempfile
        >>> import parquetframe as pf
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "n.csv"
        >>> pf.sql("SELECT 1 AS n").write(path)
        1
        >>> path.read_text()
        'n\n1\n'
        """
        settings = ", ".join(
            f"{name} {_setting(name, given)}" for name, given in options.items()
        )
        clause = f" ({settings})" if settings else ""
        copied = self._from_self(
            f"COPY (SELECT * FROM self) TO {literal(os.fspath(path))}{clause}"
        )
        return int(copied.rows()[0][0])


def _setting(name: str, given: Option) -> str:
    """The value of an option of `COPY`; names of columns stand in parentheses."""
    if name.lower() == "partition_by":
        names = [given] if isinstance(given, str) else given
        if not isinstance(names, Sequence) or not all(
            isinstance(column_, str) for column_ in names
        ):
            raise TypeError("partition_by is the name of a column or a list of names")
        return f"({identifiers([str(column_) for column_ in names])})"
    return literal(given)
