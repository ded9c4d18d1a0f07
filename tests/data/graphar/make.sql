-- Makes the graph of this folder: pframe -f tests/data/graphar/make.sql, from the repository's root.
CREATE TABLE people AS SELECT * FROM (VALUES (11, 'Ada'), (7, 'Grace'), (42, 'Émilie'), (3, 'Hypatia'), (25, 'Emmy')) v(id, name);
CREATE TABLE knows AS SELECT * FROM (VALUES (11, 7, 2001), (11, 42, 2002), (42, 11, 2003), (25, 3, 2004), (42, 25, 2006)) v(a, b, since);
COPY GRAPH (
    VERTICES people AS person KEY id
    EDGES knows SOURCE a REFERENCES person DESTINATION b REFERENCES person
) TO 'tests/data/graphar/social' (FORMAT graphar, FILE_TYPE csv, CHUNK_SIZE 2, EDGE_CHUNK_SIZE 2, OVERWRITE);
