//! Files that doublet writes: whole or not at all, and nothing overwritten unless told.

use std::io::Write;
use std::path::Path;

use tempfile::Builder;

use crate::error::{Error, Result};

/// Whether an existing file may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// An existing file is an error.
    Refuse,
    /// An existing file is replaced.
    Allow,
}

impl From<bool> for Overwrite {
    /// Of a `--force` flag.
    fn from(force: bool) -> Self {
        if force { Self::Allow } else { Self::Refuse }
    }
}

/// Writes `bytes` to `path` through a temporary file in the same folder that is renamed when complete, so that a reader
/// sees the old file, or the new one, or none. Missing folders are created.
///
/// # Errors
/// [`Error::Io`] with the path: it exists and may not be overwritten, or writing failed; nothing is left behind then.
pub fn write_atomically(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<()> {
    let io = |source| Error::Io { file: path.display().to_string(), source };
    if overwrite == Overwrite::Refuse && path.symlink_metadata().is_ok() {
        return Err(io(already_there()));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(io)?;
    let mut temporary = open_temporary(folder).map_err(io)?;
    temporary.write_all(bytes).map_err(io)?;
    temporary.flush().map_err(io)?;
    let kept = match overwrite {
        Overwrite::Allow => temporary.persist(path),
        Overwrite::Refuse => temporary.persist_noclobber(path),
    };
    match kept {
        Ok(_) => Ok(()),
        Err(failed) if failed.error.kind() == std::io::ErrorKind::AlreadyExists => Err(io(already_there())),
        Err(failed) => Err(io(failed.error)),
    }
}

/// Temporary files are private by default; results get the permissions that any new file gets.
fn open_temporary(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".doublet-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn already_there() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::AlreadyExists, "the file exists; give --force to overwrite it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_whole_files_and_overwrites_only_when_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/result.json");
        write_atomically(&path, b"one", Overwrite::Refuse).unwrap();
        let text = write_atomically(&path, b"two", Overwrite::Refuse).unwrap_err().to_string();
        assert!(text.contains("result.json") && text.contains("--force"), "{text}");
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        write_atomically(&path, b"two", Overwrite::Allow).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), b"").unwrap();
        let text = write_atomically(&folder.path().join("file/x"), b"", Overwrite::Allow).unwrap_err().to_string();
        assert!(text.contains("file/x"), "{text}");
    }
}
