//! Names people know from elsewhere, for which there is nothing here yet.

use engine::{Error, Result};

use super::Arguments;
use crate::run::Run;
use crate::shell::Shell;

pub(super) fn open(_: &mut Shell, _: &Arguments<'_>) -> Result<Run> {
    Err(Error::unsupported("persistent databases are not supported yet")
        .with_hint("files are read with FROM 'file' and written with COPY … TO 'file'"))
}

pub(super) fn plot(_: &mut Shell, _: &Arguments<'_>) -> Result<Run> {
    Err(Error::unsupported("plots are not there yet"))
}

pub(super) fn ai(_: &mut Shell, _: &Arguments<'_>) -> Result<Run> {
    Err(Error::unsupported("questions in plain language are not there yet"))
}
