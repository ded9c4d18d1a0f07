"""Makes the fixtures of this folder; needs pyarrow, fastavro and nothing else.

Run it from the repository's root: python tests/data/make.py
"""

import datetime
import gzip
import json
from pathlib import Path

import fastavro
import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
import pyarrow.orc
import pyarrow.parquet as pq

HERE = Path(__file__).parent
DAY = datetime.date

PEOPLE = [
    {"id": 1, "name": "Ada", "born": DAY(1815, 12, 10), "height": 1.65},
    {"id": 2, "name": "Grace", "born": DAY(1906, 12, 9), "height": None},
    {"id": 3, "name": "Émilie", "born": None, "height": 1.7},
]

SCHEMA = pa.schema(
    [("id", pa.int64()), ("name", pa.string()), ("born", pa.date32()), ("height", pa.float64())]
)


def text(value):
    return "" if value is None else str(value)


def lines(delimiter):
    rows = [list(PEOPLE[0])] + [[text(value) for value in row.values()] for row in PEOPLE]
    return "".join(delimiter.join(row) + "\n" for row in rows)


def records():
    return [{**row, "born": row["born"] and row["born"].isoformat()} for row in PEOPLE]


def people():
    table = pa.Table.from_pylist(PEOPLE, schema=SCHEMA)
    (HERE / "people.csv").write_text(lines(","))
    (HERE / "people.tsv").write_text(lines("\t"))
    (HERE / "people.csv.gz").write_bytes(gzip.compress(lines(",").encode(), mtime=0))
    (HERE / "people.json").write_text(json.dumps(records(), indent=1, ensure_ascii=False))
    ndjson = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in records())
    (HERE / "people.ndjson").write_text(ndjson)
    pq.write_table(table, HERE / "people.parquet")
    pyarrow.orc.write_table(table, HERE / "people.orc")
    pyarrow.feather.write_feather(table, str(HERE / "people.arrow"), compression="lz4")
    with pyarrow.ipc.new_stream(str(HERE / "people.arrows"), SCHEMA) as writer:
        writer.write_table(table)
    date = {"type": "int", "logicalType": "date"}
    fields = [
        {"name": "id", "type": "long"},
        {"name": "name", "type": "string"},
        {"name": "born", "type": ["null", date]},
        {"name": "height", "type": ["null", "double"]},
    ]
    schema = {"type": "record", "name": "person", "fields": fields}
    with open(HERE / "people.avro", "wb") as out:
        fastavro.writer(out, schema, PEOPLE, codec="deflate", sync_marker=b"0" * 16)


def stripes():
    """Row groups that a reader can leave out."""
    count = 50_000
    table = pa.table(
        {"id": pa.array(range(count), pa.int64()), "word": [f"w{i // 10_000}" for i in range(count)]}
    )
    pyarrow.orc.write_table(table, HERE / "stripes.orc", row_index_stride=10_000, compression="zstd")


def broken():
    whole = (HERE / "people.parquet").read_bytes()
    (HERE / "truncated.parquet").write_bytes(whole[: len(whole) // 2])
    (HERE / "not_parquet.parquet").write_text("this is no Parquet file\n")


# Files that are easy to read wrongly, or not at all.
CSV = {
    "semicolons.csv": "name;price\nbolt;1,5\nnut;2,25\n",
    "quoted.csv": 'id,text\n1,"two\nlines"\n2,"a ""word"", quoted"\n3,\n',
    "windows.csv": "\ufeffid,name\r\n1,Ada\r\n2,Grace\r\n",
    "header_only.csv": "a,b,c\n",
    "empty.csv": "",
    "short_header.csv": "a,b\n1,2,3\n4,5,6\n",
    "ragged.csv": "a,b,c\n1,2,3\n4,5\n6,7,8\n",
    "duplicate_names.csv": "a,a,\n1,2,3\n",
    "codes.csv": "zip,phone\n01234,+49301\n98765,+49302\n",
    "late_text.csv": "id,amount\n" + "".join(f"{i},{i}\n" for i in range(1, 30)) + "30,many\n",
    "swapped_1.csv": "a,b\n1,x\n",
    "swapped_2.csv": "b,a\ny,2\n",
    "wider.csv": "a,b,c\n3.5,z,true\n",
}

JSON = {
    "nested.json": '[{"id": 1, "tags": ["a", "b"], "at": {"x": 1.5}}, {"id": 2, "tags": []}]\n',
    "lines.ndjson": '{"id": 1, "day": "2024-01-02"}\n{"id": 2, "new": true}\n',
    "bad_line.ndjson": '{"id": 1}\n{"id": 2\n{"id": 3}\n',
}


def texts():
    for folder, files in {"csv": CSV, "json": JSON}.items():
        (HERE / folder).mkdir(exist_ok=True)
        for name, text in files.items():
            (HERE / folder / name).write_bytes(text.encode())


if __name__ == "__main__":
    people()
    texts()
    stripes()
    broken()
