//! The 24 tables of TPC-DS.

use datafusion::error::DataFusionError;
use extension::{Result, Signature};
use tpcdsgen::config::{Session, SessionBuilder, Table};
use tpcdsgen_arrow::{
    CallCenterArrow, CatalogPageArrow, CatalogReturnsArrow, CatalogSalesArrow,
    CustomerAddressArrow, CustomerArrow, CustomerDemographicsArrow, DateDimArrow,
    HouseholdDemographicsArrow, IncomeBandArrow, InventoryArrow, ItemArrow, PromotionArrow,
    ReasonArrow, ShipModeArrow, StoreArrow, StoreReturnsArrow, StoreSalesArrow, TimeDimArrow,
    WarehouseArrow, WebPageArrow, WebReturnsArrow, WebSalesArrow, WebSiteArrow,
};

use super::{PARAMETERS, Sample};

/// Source rows below which the generator makes no second part.
const ROWS_PER_PART: f64 = 1_000_000.0;

/// The generator's settings for one part of the tables.
fn session(scale_factor: f64, part: i32, parts: i32) -> Result<Session> {
    SessionBuilder::new()
        .with_scale_factor(scale_factor)
        .with_chunk_number(part)
        .with_total_chunks(parts)
        .build()
        .map_err(|error| DataFusionError::Execution(error.to_string()).into())
}

/// The rows that a table is made from: orders for sales and returns, each of several items.
fn source_rows(table: Table, scale_factor: f64) -> f64 {
    // A scale factor without tables is refused when the first part is read.
    session(scale_factor, 1, 1)
        .map_or(0.0, |session| session.get_scaling().get_row_count(table) as f64)
}

macro_rules! table {
    ($name:literal, $table:ident, $arrow:ident, $description:literal) => {
        Sample {
            signature: Signature {
                name: $name,
                aliases: &[],
                description: concat!("TPC-DS's table of ", $description, "."),
                parameters: PARAMETERS,
                positional: 1,
                example: concat!("SELECT count(*) FROM ", $name, "(sf => 0.01)"),
            },
            schema: $arrow::schema_ref,
            generate: |scale_factor, part, parts| {
                let session = session(scale_factor, part, parts)?;
                let range = session.get_source_row_range(Table::$table);
                if range.is_empty() {
                    return Ok(Box::new(std::iter::empty()));
                }
                let rows = $arrow::new(session).with_source_row_range(*range.start(), *range.end());
                Ok(Box::new(rows))
            },
            worthwhile_parts: |scale_factor| {
                source_rows(Table::$table, scale_factor) / ROWS_PER_PART
            },
        }
    };
}

/// The list, by name.
pub(crate) const TABLES: [Sample; 24] = [
    table!("tpcds_call_center", CallCenter, CallCenterArrow, "call centers"),
    table!("tpcds_catalog_page", CatalogPage, CatalogPageArrow, "pages of the catalogs"),
    table!(
        "tpcds_catalog_returns",
        CatalogReturns,
        CatalogReturnsArrow,
        "items returned that were ordered from a catalog"
    ),
    table!("tpcds_catalog_sales", CatalogSales, CatalogSalesArrow, "items sold by catalog"),
    table!("tpcds_customer", Customer, CustomerArrow, "customers"),
    table!(
        "tpcds_customer_address",
        CustomerAddress,
        CustomerAddressArrow,
        "addresses of customers"
    ),
    table!(
        "tpcds_customer_demographics",
        CustomerDemographics,
        CustomerDemographicsArrow,
        "kinds of customers"
    ),
    table!("tpcds_date_dim", DateDim, DateDimArrow, "the days from 1900 to 2100"),
    table!(
        "tpcds_household_demographics",
        HouseholdDemographics,
        HouseholdDemographicsArrow,
        "kinds of households"
    ),
    table!("tpcds_income_band", IncomeBand, IncomeBandArrow, "ranges of income"),
    table!("tpcds_inventory", Inventory, InventoryArrow, "items in each warehouse in each week"),
    table!("tpcds_item", Item, ItemArrow, "items for sale"),
    table!("tpcds_promotion", Promotion, PromotionArrow, "promotions"),
    table!("tpcds_reason", Reason, ReasonArrow, "reasons of returns"),
    table!("tpcds_ship_mode", ShipMode, ShipModeArrow, "ways to ship"),
    table!("tpcds_store", Store, StoreArrow, "stores"),
    table!("tpcds_store_returns", StoreReturns, StoreReturnsArrow, "items returned to a store"),
    table!("tpcds_store_sales", StoreSales, StoreSalesArrow, "items sold in a store"),
    table!("tpcds_time_dim", TimeDim, TimeDimArrow, "the seconds of a day"),
    table!("tpcds_warehouse", Warehouse, WarehouseArrow, "warehouses"),
    table!("tpcds_web_page", WebPage, WebPageArrow, "pages of the web sites"),
    table!(
        "tpcds_web_returns",
        WebReturns,
        WebReturnsArrow,
        "items returned that were ordered on the web"
    ),
    table!("tpcds_web_sales", WebSales, WebSalesArrow, "items sold on the web"),
    table!("tpcds_web_site", WebSite, WebSiteArrow, "web sites"),
];
