#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use datafusion::execution::object_store::ObjectStoreRegistry;
use extension::Error;
use object_store::memory::InMemory;
use url::Url;

use super::{Stores, aws_profile, azure, http, within};
use crate::secrets::Secrets;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[test]
fn unknown_schemes_are_refused_with_the_known_ones() {
    let stores = Stores::new(Arc::new(Secrets::default()));
    let error = Error::from(stores.get_store(&url("s4://b/x")).unwrap_err()).to_string();
    assert!(error.contains("'s4://' is not a kind of location"), "{error}");
    assert!(error.contains("kinds: file://, s3://"), "{error}");
}

#[test]
fn registered_stores_come_first() {
    let stores = Stores::new(Arc::new(Secrets::default()));
    let memory: Arc<dyn object_store::ObjectStore> = Arc::new(InMemory::new());
    stores.register_store(&url("mem://x"), Arc::clone(&memory));
    assert!(Arc::ptr_eq(&stores.get_store(&url("mem://x/a/b")).unwrap(), &memory));
    stores.deregister_store(&url("mem://x")).unwrap();
    assert!(stores.get_store(&url("mem://x")).is_err());
    assert_eq!(
        stores.get_store(&url("file:///tmp")).unwrap().to_string(),
        "LocalFileSystem(file:///)"
    );
}

#[test]
fn scopes_end_at_names() {
    for (store, scope, expected) in [
        ("s3://data", "s3://", true),
        ("s3://data", "s3://data", true),
        ("s3://data", "s3://data/", true),
        ("s3://data2", "s3://data", false),
        ("s3://data", "s3://data/sub", false),
    ] {
        assert_eq!(within(store, scope), expected, "{store} in {scope}");
    }
}

#[test]
fn profiles_are_read() {
    let config = "[default]\nregion = eu-west-1\n[profile  dev]\nregion=us-west-2\ns3 =\n  region = no\n# x\n[dev2]\n";
    let credentials = "[dev]\naws_access_key_id = id\naws_secret_access_key= key=with=signs\n";
    let dev = aws_profile::merge("dev", Some(config), Some(credentials)).unwrap();
    assert_eq!(dev.get("region"), Some("us-west-2"));
    assert_eq!(dev.get("aws_secret_access_key"), Some("key=with=signs"));
    assert!(dev.has_keys());
    assert!(!format!("{dev:?}").contains("with=signs"));
    assert!(!aws_profile::merge("default", Some(config), None).unwrap().has_keys());
    assert!(aws_profile::merge("none", Some(config), Some(credentials)).is_none());
}

#[test]
fn connection_strings_are_cut_into_parts() {
    let parts = azure::connection_parts("AccountName=me;AccountKey=a==;BlobEndpoint=http://h:1/x");
    assert_eq!(parts[1], ("accountkey".into(), "a==".into()));
    assert_eq!(parts.len(), 3);
}

#[test]
fn base64_is_padded() {
    for (text, expected) in [
        ("", ""),
        ("a", "YQ=="),
        ("ab", "YWI="),
        ("abc", "YWJj"),
        ("Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
    ] {
        assert_eq!(http::base64(text), expected);
    }
}
