//! Names of types in SQL, as Arrow fields.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, TimeUnit};
use datafusion::common::Result as DataFusionResult;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, DataType as SqlType, EnumMember, ExactNumberInfo, ObjectName, TimezoneInfo,
};
use extension::{Error, Result, SQL_TYPE_KEY, closest, parse_sql_type};

use crate::SessionObjects;
use crate::objects::UserType;

/// How deep a type may nest, aliases included.
const DEEPEST: usize = 64;

/// The planner of types that DataFusion asks.
#[derive(Debug)]
pub(crate) struct SqlTypes {
    pub(crate) objects: Arc<SessionObjects>,
}

impl TypePlanner for SqlTypes {
    fn plan_type_field(&self, sql_type: &SqlType) -> DataFusionResult<Option<FieldRef>> {
        if self.objects.semantics.is_datafusion() {
            return Ok(None);
        }
        Ok(Some(plan(sql_type, &self.objects)?))
    }
}

/// The field that a type's name stands for.
pub(crate) fn plan(sql_type: &SqlType, objects: &SessionObjects) -> Result<FieldRef> {
    plan_within(sql_type, objects, 0)
}

fn plan_within(sql_type: &SqlType, objects: &SessionObjects, depth: usize) -> Result<FieldRef> {
    if depth > DEEPEST {
        return Err(Error::invalid_input("the type is nested too deeply, or is made of itself"));
    }
    let inner = |sql_type: &SqlType| plan_within(sql_type, objects, depth + 1);
    let plain = |data_type: DataType| Ok(Arc::new(Field::new("", data_type, true)));
    let timestamp = |unit: TimeUnit, zoned: bool| {
        let zone = zoned.then(|| objects.semantics.time_zone().into());
        plain(DataType::Timestamp(unit, zone))
    };
    match sql_type {
        SqlType::Boolean | SqlType::Bool => plain(DataType::Boolean),
        SqlType::TinyInt(_) => plain(DataType::Int8),
        SqlType::SmallInt(_) | SqlType::Int2(_) | SqlType::Int16 => plain(DataType::Int16),
        SqlType::Int(_)
        | SqlType::Integer(_)
        | SqlType::Int4(_)
        | SqlType::Int32
        | SqlType::MediumInt(_)
        | SqlType::Signed
        | SqlType::SignedInteger => plain(DataType::Int32),
        SqlType::BigInt(_) | SqlType::Int8(_) | SqlType::Int64 => plain(DataType::Int64),
        SqlType::TinyIntUnsigned(_) | SqlType::UTinyInt | SqlType::UInt8 => plain(DataType::UInt8),
        SqlType::SmallIntUnsigned(_)
        | SqlType::Int2Unsigned(_)
        | SqlType::USmallInt
        | SqlType::UInt16 => plain(DataType::UInt16),
        SqlType::IntUnsigned(_)
        | SqlType::IntegerUnsigned(_)
        | SqlType::Int4Unsigned(_)
        | SqlType::Unsigned
        | SqlType::UnsignedInteger
        | SqlType::UInt32 => plain(DataType::UInt32),
        SqlType::BigIntUnsigned(_)
        | SqlType::Int8Unsigned(_)
        | SqlType::UBigInt
        | SqlType::UInt64 => plain(DataType::UInt64),
        SqlType::HugeInt | SqlType::Int128 => plain(DataType::Decimal128(38, 0)),
        SqlType::UHugeInt | SqlType::UInt128 => named(DataType::Decimal128(38, 0), "UHUGEINT"),
        SqlType::Float(_) | SqlType::Real | SqlType::Float4 | SqlType::Float32 => {
            plain(DataType::Float32)
        }
        SqlType::Double(_) | SqlType::DoublePrecision | SqlType::Float8 | SqlType::Float64 => {
            plain(DataType::Float64)
        }
        SqlType::Numeric(size) | SqlType::Decimal(size) | SqlType::Dec(size) => {
            plain(decimal(*size)?)
        }
        // As in DuckDB, the length is for the reader: no text is cut.
        SqlType::Varchar(_)
        | SqlType::Nvarchar(_)
        | SqlType::Char(_)
        | SqlType::Character(_)
        | SqlType::CharVarying(_)
        | SqlType::CharacterVarying(_)
        | SqlType::Text
        | SqlType::String(_)
        | SqlType::TinyText
        | SqlType::MediumText
        | SqlType::LongText => plain(DataType::Utf8View),
        SqlType::Bytea
        | SqlType::Blob(_)
        | SqlType::Binary(_)
        | SqlType::Varbinary(_)
        | SqlType::Bytes(_)
        | SqlType::TinyBlob
        | SqlType::MediumBlob
        | SqlType::LongBlob => plain(DataType::Binary),
        SqlType::Date | SqlType::Date32 => plain(DataType::Date32),
        SqlType::Time(None | Some(6), TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => {
            plain(DataType::Time64(TimeUnit::Microsecond))
        }
        SqlType::Datetime(precision) | SqlType::TimestampNtz(precision) => {
            timestamp(unit(*precision, sql_type)?, false)
        }
        SqlType::Timestamp(precision, zone) => {
            let zoned = matches!(zone, TimezoneInfo::Tz | TimezoneInfo::WithTimeZone);
            timestamp(unit(*precision, sql_type)?, zoned)
        }
        SqlType::Interval { fields: None, precision: None } => {
            plain(DataType::Interval(IntervalUnit::MonthDayNano))
        }
        SqlType::Uuid => named(DataType::Utf8View, "UUID"),
        SqlType::JSON | SqlType::JSONB => named(DataType::Utf8View, "JSON"),
        SqlType::Bit(None) | SqlType::BitVarying(_) | SqlType::VarBit(_) => {
            named(DataType::Utf8View, "BIT")
        }
        SqlType::Enum(members, None) => {
            let values: Vec<String> = members
                .iter()
                .map(|member| match member {
                    EnumMember::Name(name) => Ok(name.clone()),
                    EnumMember::NamedValue(..) => {
                        Err(Error::unsupported("values of an ENUM have no numbers"))
                    }
                })
                .collect::<Result<_>>()?;
            enumeration(&values)
        }
        SqlType::Array(ArrayElemTypeDef::AngleBracket(element))
        | SqlType::Array(ArrayElemTypeDef::SquareBracket(element, None)) => {
            plain(DataType::List(element_of(inner(element)?)))
        }
        SqlType::Array(ArrayElemTypeDef::SquareBracket(element, Some(size))) => {
            let size = i32::try_from(*size).map_err(|_| {
                Error::invalid_input(format!("an array of {size} values is too long"))
            })?;
            plain(DataType::FixedSizeList(element_of(inner(element)?), size))
        }
        SqlType::Struct(fields, _) => {
            let fields = fields
                .iter()
                .enumerate()
                .map(|(index, field)| {
                    let name = match &field.field_name {
                        Some(name) if name.quote_style.is_some() => name.value.clone(),
                        Some(name) => name.value.to_lowercase(),
                        None => format!("c{index}"),
                    };
                    Ok(inner(&field.field_type)?.as_ref().clone().with_name(name))
                })
                .collect::<Result<Vec<Field>>>()?;
            plain(DataType::Struct(Fields::from(fields)))
        }
        SqlType::Map(key, value) => {
            let key = inner(key)?.as_ref().clone().with_name("key").with_nullable(false);
            let value = inner(value)?.as_ref().clone().with_name("value");
            let entries = DataType::Struct(Fields::from(vec![key, value]));
            plain(DataType::Map(Arc::new(Field::new("entries", entries, false)), false))
        }
        SqlType::Custom(name, modifiers) => custom(name, modifiers, objects, depth),
        other => Err(Error::unsupported(format!("type {other} is not supported"))),
    }
}

/// A type made by the user, or one whose name the parser does not know.
fn custom(
    name: &ObjectName,
    modifiers: &[String],
    objects: &SessionObjects,
    depth: usize,
) -> Result<FieldRef> {
    let name = name.0.iter().filter_map(|part| part.as_ident()).next_back();
    let name = name.map(|ident| ident.value.as_str()).unwrap_or_default();
    let made = objects.types.read().get(&name.to_lowercase()).cloned();
    if modifiers.is_empty() {
        match made {
            Some(UserType::Alias(meant)) => return plan_within(&meant, objects, depth + 1),
            Some(UserType::Enum(values)) => return enumeration(&values),
            None => {}
        }
    } else {
        return Err(Error::unsupported(format!(
            "type {name}({}) is not supported",
            modifiers.join(", ")
        )));
    }
    let time_zone = || Some(objects.semantics.time_zone().into());
    let data_type = match name.to_ascii_uppercase().as_str() {
        "BITSTRING" => return named(DataType::Utf8View, "BIT"),
        "VARIANT" => return named(DataType::Utf8View, "VARIANT"),
        "GUID" => return named(DataType::Utf8View, "UUID"),
        "TIMESTAMP_TZ" => DataType::Timestamp(TimeUnit::Microsecond, time_zone()),
        "TIMESTAMP_US" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "OID" => DataType::Int64,
        "NAME" | "BPCHAR" | "TEXT" => DataType::Utf8View,
        _ => match parse_sql_type(name) {
            Ok(data_type) => data_type,
            Err(_) => {
                let types = objects.types.read();
                let known = types.keys().map(String::as_str).chain(KNOWN);
                let error = Error::not_found(format!("type '{name}' does not exist"));
                return Err(match closest(name, known) {
                    Some(near) => error.with_hint(format!("did you mean '{near}'?")),
                    None => error,
                });
            }
        },
    };
    Ok(Arc::new(Field::new("", data_type, true)))
}

/// Names that a mistyped one may have meant.
const KNOWN: [&str; 21] = [
    "BIGINT",
    "BIT",
    "BLOB",
    "BOOLEAN",
    "DATE",
    "DECIMAL",
    "DOUBLE",
    "FLOAT",
    "HUGEINT",
    "INTEGER",
    "INTERVAL",
    "JSON",
    "SMALLINT",
    "TIME",
    "TIMESTAMP",
    "TIMESTAMPTZ",
    "TINYINT",
    "UBIGINT",
    "UUID",
    "VARCHAR",
    "VARIANT",
];

/// A field that says what its values are.
fn named(data_type: DataType, name: &str) -> Result<FieldRef> {
    let metadata = HashMap::from([(SQL_TYPE_KEY.to_string(), name.to_string())]);
    Ok(Arc::new(Field::new("", data_type, true).with_metadata(metadata)))
}

/// A field whose values are of a list.
fn enumeration(values: &[String]) -> Result<FieldRef> {
    if values.is_empty() {
        return Err(Error::invalid_input("an ENUM needs a value"));
    }
    let quoted: Vec<String> =
        values.iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect();
    named(DataType::Utf8View, &format!("ENUM({})", quoted.join(", ")))
}

fn element_of(field: FieldRef) -> FieldRef {
    Arc::new(field.as_ref().clone().with_name(Field::LIST_FIELD_DEFAULT_NAME))
}

/// DuckDB's default is 18 digits, 3 of them behind the point.
fn decimal(size: ExactNumberInfo) -> Result<DataType> {
    let (precision, scale) = match size {
        ExactNumberInfo::None => (18, 3),
        ExactNumberInfo::Precision(precision) => (precision, 0),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => (precision, scale),
    };
    match (u8::try_from(precision), i8::try_from(scale)) {
        (Ok(precision @ 1..=38), Ok(scale)) if (0..=precision as i8).contains(&scale) => {
            Ok(DataType::Decimal128(precision, scale))
        }
        (Ok(precision @ 39..=76), Ok(scale)) if (0..=precision as i8).contains(&scale) => {
            Ok(DataType::Decimal256(precision, scale))
        }
        _ => Err(Error::invalid_input(format!("DECIMAL({precision},{scale}) is no type"))
            .with_hint("1 to 76 digits, and no more of them behind the point")),
    }
}

fn unit(precision: Option<u64>, sql_type: &SqlType) -> Result<TimeUnit> {
    match precision {
        None | Some(6) => Ok(TimeUnit::Microsecond),
        Some(0) => Ok(TimeUnit::Second),
        Some(3) => Ok(TimeUnit::Millisecond),
        Some(9) => Ok(TimeUnit::Nanosecond),
        Some(_) => Err(Error::unsupported(format!("type {sql_type} is not supported"))
            .with_hint("a timestamp has 0, 3, 6 or 9 digits of a second")),
    }
}
