-- ParquetFrame in one script: make files of four formats, ask them questions, join them, write a
-- partitioned result and read it back. From the project's folder:
--
--     cargo run --release -- -f sql/examples/quickstart.sql
--
-- Everything it makes lies in target/quickstart/; running it again overwrites that.

.print
.print 1. Data: the TPC-H tables at scale 0.1, written as Parquet, CSV, JSON and Avro files.
.print

COPY (SELECT * FROM tpch_lineitem(sf => 0.1)) TO 'target/quickstart/lineitem.parquet' (COMPRESSION zstd);
COPY (SELECT * FROM tpch_orders(sf => 0.1)) TO 'target/quickstart/orders.parquet' (COMPRESSION zstd);

COPY (SELECT c_custkey AS id, c_name AS name, c_nationkey AS nation_id, c_mktsegment AS segment, c_acctbal AS balance
      FROM tpch_customer(sf => 0.1))
TO 'target/quickstart/customers.csv' (DELIMITER ';');

COPY (SELECT n_nationkey AS id, n_name AS name, n_regionkey AS region_id FROM tpch_nation(sf => 0.1))
TO 'target/quickstart/nations.json';

COPY (SELECT r_regionkey AS id, r_name AS name FROM tpch_region(sf => 0.1))
TO 'target/quickstart/regions.avro';

.print
.print 2. A file is a table: name it in FROM. Its columns and their types are found by looking.
.print

DESCRIBE SELECT * FROM 'target/quickstart/customers.csv';

SELECT o_orderpriority AS priority, count(*) AS orders, round(avg(o_totalprice), 2) AS mean_price
FROM 'target/quickstart/orders.parquet'
WHERE o_orderdate BETWEEN DATE '1995-01-01' AND DATE '1995-12-31'
GROUP BY ALL
ORDER BY priority;

.print
.print 3. Formats join: Parquet with CSV, JSON and Avro.
.print

CREATE VIEW sales AS
SELECT regions.name AS region,
       nations.name AS nation,
       customers.segment,
       CAST(date_part('year', o_orderdate) AS INTEGER) AS year,
       l_extendedprice * (1 - l_discount) AS revenue
FROM 'target/quickstart/lineitem.parquet'
JOIN 'target/quickstart/orders.parquet' ON l_orderkey = o_orderkey
JOIN read_csv('target/quickstart/customers.csv', delim => ';') AS customers ON customers.id = o_custkey
JOIN 'target/quickstart/nations.json' AS nations ON nations.id = customers.nation_id
JOIN 'target/quickstart/regions.avro' AS regions ON regions.id = nations.region_id;

SELECT region, nation, round(sum(revenue), 2) AS revenue
FROM sales
GROUP BY ALL
ORDER BY revenue DESC
LIMIT 5;

.print
.print 4. A result becomes files: one folder for each year and region.
.print

COPY (SELECT nation, segment, sum(revenue) AS revenue, count(*) AS items, year, region FROM sales GROUP BY ALL)
TO 'target/quickstart/revenue' (FORMAT parquet, PARTITION_BY (year, region), OVERWRITE true);

.print
.print 5. Read back, the folders are typed columns (year is a BIGINT), and a filter on them skips whole folders.
.print

DESCRIBE SELECT * FROM 'target/quickstart/revenue/';

SELECT year, round(sum(revenue) FILTER (WHERE region = 'ASIA'), 2) AS asia,
       round(sum(revenue) FILTER (WHERE region = 'EUROPE'), 2) AS europe,
       round(100 * sum(revenue) FILTER (WHERE region = 'ASIA') / sum(revenue), 1) AS asia_percent_of_both
FROM 'target/quickstart/revenue/'
WHERE year >= 1995 AND region IN ('ASIA', 'EUROPE')
GROUP BY year
ORDER BY year;

.print
.print That was it. Start the shell with `cargo run --release`, and see docs/src/quickstart.md for what comes next.
