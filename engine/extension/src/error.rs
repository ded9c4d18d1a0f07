//! The one error type of the engine: what the caller can do about it, what was wrong, where, and a hint.

use std::error::Error as StdError;
use std::fmt;

use datafusion::common::{DataFusionError, SchemaError};

use crate::{closest, with_sql_type_names};

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller can do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The text is not SQL we know.
    Syntax,
    /// A table, column, function, file or setting does not exist.
    NotFound,
    /// It exists already.
    AlreadyExists,
    /// The statement is well formed, but its names, types or values do not fit.
    InvalidInput,
    /// The data is not what its type or format says.
    InvalidData,
    /// A clause, option or type that is not honoured.
    Unsupported,
    /// Not allowed: wrong credentials, or a read-only session.
    PermissionDenied,
    /// Out of memory or disk.
    ResourcesExhausted,
    /// Stopped on request.
    Cancelled,
    /// The file system, network or object store failed.
    Io,
    /// A defect of the engine.
    Internal,
}

/// A place in SQL text; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: u64,
    /// The column, in characters.
    pub column: u64,
}

/// An error as a person should read it.
///
/// ```
/// use parquetframe_extension::{Error, ErrorKind};
/// let error = Error::not_found("table 'order' does not exist").with_hint("did you mean 'orders'?");
/// assert_eq!(error.kind(), ErrorKind::NotFound);
/// assert_eq!(error.to_string(), "table 'order' does not exist\nhint: did you mean 'orders'?");
/// ```
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    position: Option<Position>,
    hint: Option<String>,
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {
        $($(#[$doc])* pub fn $name(message: impl Into<String>) -> Self {
            Self::new(ErrorKind::$kind, message)
        })*
    };
}

impl Error {
    /// An error of a kind, with a message in lower case and without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), position: None, hint: None }))
    }

    constructors! {
        /// The text is not SQL we know.
        syntax => Syntax;
        /// A named thing does not exist.
        not_found => NotFound;
        /// A named thing exists already.
        already_exists => AlreadyExists;
        /// Names, types or values that do not fit.
        invalid_input => InvalidInput;
        /// Data that is not what its type or format says.
        invalid_data => InvalidData;
        /// Something that is not honoured.
        unsupported => Unsupported;
        /// Not allowed.
        permission_denied => PermissionDenied;
        /// Out of memory or disk.
        resources_exhausted => ResourcesExhausted;
        /// Stopped on request.
        cancelled => Cancelled;
        /// The file system, network or object store failed.
        io => Io;
        /// A defect of the engine.
        internal => Internal;
    }

    /// Says what to do next.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Says where in the SQL text.
    #[must_use]
    pub fn at(mut self, position: Position) -> Self {
        self.0.position = Some(position);
        self
    }

    /// Takes the position away, which is that of another text than the user's.
    #[must_use]
    pub fn without_position(mut self) -> Self {
        self.0.position = None;
        self
    }

    /// Puts words before the message, such as the file's name.
    #[must_use]
    pub fn context(mut self, prefix: impl fmt::Display) -> Self {
        self.0.message = format!("{prefix}: {}", self.0.message);
        self
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What was wrong.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where in the SQL text, if it is known.
    pub fn position(&self) -> Option<Position> {
        self.0.position
    }

    /// What to do next, if there is something to say.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match &self.0.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {}

/// Our error travels through DataFusion's traits as an external one and is recovered on the way out.
impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        DataFusionError::External(Box::new(error))
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        DataFusionError::IoError(error).into()
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(error: arrow::error::ArrowError) -> Self {
        DataFusionError::from(error).into()
    }
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        DataFusionError::from(error).into()
    }
}

impl From<parquet::errors::ParquetError> for Error {
    fn from(error: parquet::errors::ParquetError) -> Self {
        DataFusionError::from(error).into()
    }
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        use DataFusionError as DF;
        if let Some(ours) = find_ours(&error) {
            return ours.clone();
        }
        match error {
            DF::Diagnostic(diagnostic, inner) => {
                let mut converted = Error::from(*inner);
                if converted.position().is_none()
                    && let Some(span) = diagnostic.span
                {
                    converted =
                        converted.at(Position { line: span.start.line, column: span.start.column });
                }
                converted
            }
            DF::Context(context, inner) => {
                let inner = Error::from(*inner);
                // DataFusion names its rules and phases in contexts, which says nothing to a user.
                match context.starts_with("Optimizer rule")
                    || context.ends_with("_rule")
                    || inner.message().contains(&context)
                    || !context.contains(' ')
                {
                    true => inner,
                    false => inner.context(context),
                }
            }
            DF::Shared(shared) => match std::sync::Arc::try_unwrap(shared) {
                Ok(error) => error.into(),
                Err(shared) => from_message(&shared),
            },
            DF::Collection(errors) => errors
                .into_iter()
                .next()
                .map_or_else(|| Error::internal("an empty list of errors"), Error::from),
            DF::SQL(error, _) => syntax_error(&error.to_string()),
            DF::SchemaError(error, _) => schema_error(&error),
            other => from_message(&other),
        }
    }
}

/// Our own error, however deep DataFusion wrapped it.
fn find_ours(error: &DataFusionError) -> Option<&Error> {
    let mut current: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = current {
        if let Some(ours) = error.downcast_ref::<Error>() {
            return Some(ours);
        }
        current = match error.downcast_ref::<DataFusionError>() {
            Some(DataFusionError::External(inner)) => Some(inner.as_ref()),
            Some(DataFusionError::ArrowError(inner, _)) => match inner.as_ref() {
                arrow::error::ArrowError::ExternalError(inner) => Some(inner.as_ref()),
                _ => None,
            },
            Some(DataFusionError::Collection(errors)) => errors.first().map(|e| e as _),
            Some(DataFusionError::Shared(inner)) => Some(inner.as_ref()),
            _ => error.source(),
        };
    }
    None
}

/// What DataFusion adds to internal errors. It comes even with calls whose arguments do not fit.
const DATAFUSION_REQUEST: &str = ".\nThis issue was likely caused by a bug in DataFusion's code. Please help us \
    to resolve this by filing a bug report in our issue tracker: https://github.com/apache/datafusion/issues";

fn from_message(error: &DataFusionError) -> Error {
    use DataFusionError as DF;
    let kind = match error.find_root() {
        DF::SQL(..) => ErrorKind::Syntax,
        DF::NotImplemented(_) => ErrorKind::Unsupported,
        DF::Plan(_) | DF::Configuration(_) | DF::SchemaError(..) => ErrorKind::InvalidInput,
        DF::ResourcesExhausted(_) => ErrorKind::ResourcesExhausted,
        DF::IoError(error) => io_kind(error),
        DF::ObjectStore(error) => match error.as_ref() {
            object_store::Error::NotFound { .. } => ErrorKind::NotFound,
            object_store::Error::AlreadyExists { .. } => ErrorKind::AlreadyExists,
            object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => ErrorKind::PermissionDenied,
            _ => ErrorKind::Io,
        },
        DF::ArrowError(..) | DF::ParquetError(_) | DF::Execution(_) => ErrorKind::InvalidData,
        DF::Internal(_) => ErrorKind::Internal,
        _ => ErrorKind::Io,
    };
    let text = error.strip_backtrace();
    let mut message = text.as_str();
    // The kind already says what these prefixes say.
    for prefix in [
        "Error during planning: ",
        "Internal error: ",
        "Execution error: ",
        "This feature is not implemented: ",
        "Schema error: ",
        "SQL error: ",
        "External error: ",
        "Resources exhausted: ",
        "IO error: ",
        "Invalid or Unsupported Configuration: ",
        "Arrow error: ",
        "Object Store error: ",
        "Parquet error: ",
        "Parser error: ",
        "Cast error: ",
    ] {
        while let Some(rest) = message.strip_prefix(prefix) {
            message = rest;
        }
    }
    let message =
        message.split("\n\nbacktrace:").next().unwrap_or(message).replace(DATAFUSION_REQUEST, "");
    let message = message.trim_end().trim_end_matches('.');
    let error = Error::new(kind, with_sql_type_names(message));
    match kind {
        ErrorKind::ResourcesExhausted if message.contains("disk") => error.with_hint(
            "SET max_temp_directory_size or temp_directory to give spilled data more room",
        ),
        ErrorKind::ResourcesExhausted if message.contains("HashJoinInput") => error.with_hint(
            "SET datafusion.optimizer.prefer_hash_join = false joins by sorting, which spills to disk; \
             or raise the limit, as in SET memory_limit = '8GB'",
        ),
        ErrorKind::ResourcesExhausted => error.with_hint(
            "raise the limit, as in SET memory_limit = '8GB', or lower the number of threads",
        ),
        _ => error,
    }
}

fn io_kind(error: &std::io::Error) -> ErrorKind {
    match error.kind() {
        std::io::ErrorKind::NotFound => ErrorKind::NotFound,
        std::io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
        std::io::ErrorKind::StorageFull => ErrorKind::ResourcesExhausted,
        _ => ErrorKind::Io,
    }
}

/// sqlparser ends its messages with ` at Line: 1, Column: 8`, which becomes our position.
fn syntax_error(text: &str) -> Error {
    let text = text.strip_prefix("sql parser error: ").unwrap_or(text);
    let Some((message, place)) = text.rsplit_once(" at Line: ") else {
        return Error::syntax(text);
    };
    let numbers = place.split_once(", Column: ").and_then(|(line, column)| {
        Some((line.parse().ok()?, column.split_whitespace().next()?.parse().ok()?))
    });
    match numbers {
        Some((line, column)) => Error::syntax(message).at(Position { line, column }),
        None => Error::syntax(text),
    }
}

fn schema_error(error: &SchemaError) -> Error {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let names: Vec<&str> = valid_fields.iter().map(|column| column.name.as_str()).collect();
            let message = format!("column '{}' does not exist", field.flat_name());
            let error = Error::not_found(message);
            match closest(&field.name, names.iter().copied()) {
                Some(near) => error.with_hint(format!("did you mean '{near}'?")),
                None if names.is_empty() => error,
                None => error.with_hint(format!("columns here: {}", shorten(&names))),
            }
        }
        SchemaError::AmbiguousReference { field } => {
            Error::invalid_input(format!("column '{}' is ambiguous", field.flat_name()))
                .with_hint("write the table's name before it")
        }
        other => Error::invalid_input(with_sql_type_names(&other.to_string())),
    }
}

fn shorten(names: &[&str]) -> String {
    const MOST: usize = 12;
    match names.len() > MOST {
        true => format!("{}, … ({} in all)", names[..MOST].join(", "), names.len()),
        false => names.join(", "),
    }
}
