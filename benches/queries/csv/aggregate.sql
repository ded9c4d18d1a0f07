SELECT
    l_returnflag,
    l_shipmode,
    count(*) AS rows,
    sum(l_quantity) AS quantity,
    avg(l_extendedprice) AS price,
    min(l_discount) AS smallest_discount,
    max(l_partkey) AS largest_part,
    min(l_shipdate) AS first_day,
    max(length(l_comment)) AS longest_comment
FROM wide
GROUP BY l_returnflag, l_shipmode
ORDER BY l_returnflag, l_shipmode;
