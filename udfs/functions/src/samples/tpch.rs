//! The eight tables of TPC-H.

use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator,
    PartSuppGenerator, RegionGenerator, SupplierGenerator,
};
use tpchgen_arrow::{
    CustomerArrow, LineItemArrow, NationArrow, OrderArrow, PartArrow, PartSuppArrow, RegionArrow,
    SupplierArrow,
};

use super::{PARAMETERS, Sample};
use extension::Signature;

/// Rows below which another part costs more than it saves.
const ROWS_PER_PART: f64 = 10_000.0;

macro_rules! table {
    ($name:literal, $rows:literal, $generator:ident, $arrow:ident, $description:literal) => {
        Sample {
            signature: Signature {
                name: $name,
                aliases: &[],
                description: $description,
                parameters: PARAMETERS,
                positional: 1,
                example: concat!("SELECT count(*) FROM ", $name, "(sf => 0.01)"),
            },
            schema: $arrow::schema_ref,
            generate: |scale_factor, part, parts| {
                Ok(Box::new($arrow::new($generator::new(scale_factor, part, parts))))
            },
            worthwhile_parts: |scale_factor| f64::from($rows) * scale_factor / ROWS_PER_PART,
        }
    };
}

/// The list, in the order in which the standard loads them.
pub(crate) const TABLES: [Sample; 8] = [
    table!("tpch_region", 5, RegionGenerator, RegionArrow, "TPC-H's region table: 5 rows."),
    table!("tpch_nation", 25, NationGenerator, NationArrow, "TPC-H's nation table: 25 rows."),
    table!(
        "tpch_part",
        200_000,
        PartGenerator,
        PartArrow,
        "TPC-H's part table: sf * 200,000 rows."
    ),
    table!(
        "tpch_supplier",
        10_000,
        SupplierGenerator,
        SupplierArrow,
        "TPC-H's supplier table: sf * 10,000 rows."
    ),
    table!(
        "tpch_partsupp",
        800_000,
        PartSuppGenerator,
        PartSuppArrow,
        "TPC-H's partsupp table: sf * 800,000 rows."
    ),
    table!(
        "tpch_customer",
        150_000,
        CustomerGenerator,
        CustomerArrow,
        "TPC-H's customer table: sf * 150,000 rows."
    ),
    table!(
        "tpch_orders",
        1_500_000,
        OrderGenerator,
        OrderArrow,
        "TPC-H's orders table: sf * 1,500,000 rows."
    ),
    table!(
        "tpch_lineitem",
        6_000_000,
        LineItemGenerator,
        LineItemArrow,
        "TPC-H's lineitem table: about sf * 6,000,000 rows."
    ),
];
