//! Compression of whole files, named by the path's last ending or by an option.

use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use extension::{Arguments, Parameter, Result};

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    /// Not at all.
    None,
    /// `.gz`
    Gzip,
    /// `.zst`
    Zstd,
    /// `.bz2`
    Bzip2,
    /// `.xz`
    Xz,
}

/// Names for the option, and endings.
const NAMES: &[(&str, &[&str], Compression)] = &[
    ("gzip", &["gz", "gzip"], Compression::Gzip),
    ("zstd", &["zst", "zstd"], Compression::Zstd),
    ("bz2", &["bz2", "bzip2"], Compression::Bzip2),
    ("xz", &["xz"], Compression::Xz),
];

/// The option of all formats that may be compressed as a whole.
pub(crate) const PARAMETER: Parameter = Parameter {
    name: "compression",
    type_name: "VARCHAR",
    default: Some("'auto'"),
    description: "how the file is compressed: auto (by its ending), none, gzip, zstd, bz2 or xz",
};

impl Compression {
    /// What the ending says, and the path without that ending.
    pub(crate) fn by_path(path: &str) -> (Self, &str) {
        for (_, endings, compression) in NAMES {
            for ending in *endings {
                if let Some(rest) =
                    path.strip_suffix(ending).and_then(|rest| rest.strip_suffix('.'))
                {
                    return (*compression, rest);
                }
            }
        }
        (Self::None, path)
    }

    /// The option's value; `None` means by ending.
    pub(crate) fn from_arguments(arguments: &Arguments) -> Result<Option<Self>> {
        let Some(name) = arguments.string("compression")? else {
            return Ok(None);
        };
        match name.to_ascii_lowercase().as_str() {
            "auto" | "auto_detect" => Ok(None),
            "none" | "uncompressed" => Ok(Some(Self::None)),
            lower => NAMES
                .iter()
                .find(|(name, endings, _)| *name == lower || endings.contains(&lower))
                .map(|(_, _, compression)| Some(*compression))
                .ok_or_else(|| {
                    arguments.invalid(
                        "compression",
                        "auto, none, gzip, zstd, bz2 or xz",
                        format!("'{name}'"),
                    )
                }),
        }
    }

    /// DataFusion's name for it.
    pub(crate) fn to_datafusion(self) -> FileCompressionType {
        match self {
            Self::None => FileCompressionType::UNCOMPRESSED,
            Self::Gzip => FileCompressionType::GZIP,
            Self::Zstd => FileCompressionType::ZSTD,
            Self::Bzip2 => FileCompressionType::BZIP2,
            Self::Xz => FileCompressionType::XZ,
        }
    }
}
