SELECT count(*) AS rows, sum(l_extendedprice * (1 - l_discount)) AS revenue
FROM wide
WHERE l_shipdate >= DATE '1995-01-01' AND l_shipdate < DATE '1996-01-01' AND l_shipmode = 'AIR';
