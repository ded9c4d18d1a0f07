//! Graphs as ParquetFrame wrote them before version 3, in a layout of its own that it called GraphAr:
//! `_metadata.yaml`, perhaps `_schema.yaml`, and Parquet files in `vertices/<type>` and `edges/<type>`.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::execution::SessionState;
use extension::{Error, Result};

use crate::location::Location;

/// The folders of the types, with what stands behind a name that is taken.
const FOLDERS: [(&str, &str); 2] = [("vertices", "_vertices"), ("edges", "_edges")];

/// The tables of all vertex and edge types.
pub(crate) async fn tables(
    folder: &Location,
    state: &SessionState,
) -> Result<BTreeMap<String, Arc<dyn TableProvider>>> {
    let (_, folders) = folder.names().await?;
    if !folders.iter().any(|name| FOLDERS.iter().any(|(known, _)| known == name)) {
        return Err(Error::unsupported(format!(
            "'{}' is a store of entities, not a graph: it has no folders vertices and edges",
            folder.shown
        ))
        .with_hint("its rows are in the Parquet files and in delta_log.jsonl beside them"));
    }
    let mut tables: BTreeMap<String, Arc<dyn TableProvider>> = BTreeMap::new();
    for (kind, suffix) in FOLDERS {
        let place = folder.join(kind);
        let (_, types) = place.names().await?;
        for name in types {
            let Some(table) = table(&place.join(&name), state).await? else { continue };
            let name = match tables.contains_key(&name) {
                true => format!("{name}{suffix}"),
                false => name,
            };
            tables.insert(name, Arc::new(table));
        }
    }
    match tables.is_empty() {
        true => Err(Error::invalid_data(format!("'{}' holds no Parquet files", folder.shown))),
        false => Ok(tables),
    }
}

/// The Parquet files of a folder, if there are any.
async fn table(folder: &Location, state: &SessionState) -> Result<Option<ListingTable>> {
    let (files, _) = folder.names().await?;
    if !files.iter().any(|name| name.ends_with(".parquet")) {
        return Ok(None);
    }
    let Some(local) = &folder.local else {
        return Err(Error::unsupported(
            "graphs in the layout of ParquetFrame before version 3 are read from this machine alone",
        ));
    };
    let url = ListingTableUrl::parse(format!("{}/", local.display()))?;
    let options =
        ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
    let config = ListingTableConfig::new(url)
        .with_listing_options(options)
        .infer_schema(state)
        .await
        .map_err(|error| Error::from(error).context(format_args!("'{}'", folder.shown)))?;
    Ok(Some(ListingTable::try_new(config)?))
}
