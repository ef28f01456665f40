//! A folder of files that is written whole or not at all.
//!
//! The files are first written into a temporary folder on the same file system and then renamed into place, so that
//! neither a full disk nor a killed program leaves half a report. Nothing is overwritten unless that is asked for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// One file of a report: its name in the folder and its bytes.
pub(crate) struct NewFile {
    /// Name without folder.
    pub(crate) name: String,
    /// Content.
    pub(crate) bytes: Vec<u8>,
}

impl NewFile {
    /// A file of text.
    pub(crate) fn text(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), bytes: text.into_bytes() }
    }
}

/// Files that every report holds.
const OF_EVERY_REPORT: [&str; 3] = ["report.html", "result.json", "recipe.toml"];

/// Refuses a folder that holds a report already, unless `force` is set: to be asked before the work, not after it.
///
/// # Errors
/// [`Error::Exists`] with the file that is there.
pub fn demand_vacant(folder: &Path, force: bool) -> Result<()> {
    let mut names = OF_EVERY_REPORT.iter().map(|name| folder.join(name));
    match names.find(|path| !force && path.symlink_metadata().is_ok()) {
        Some(present) => Err(Error::Exists(present)),
        None => Ok(()),
    }
}

/// Writes `files` into `folder`, making it and its parents if needed, and returns the paths in the order given.
///
/// # Errors
/// [`Error::Exists`] if one of the files is there already and `force` is not set; [`Error::Write`] if the operating
/// system refuses. In both cases the folder is as it was.
pub(crate) fn write(folder: &Path, files: &[NewFile], force: bool) -> Result<Vec<PathBuf>> {
    let targets: Vec<PathBuf> = files.iter().map(|file| folder.join(&file.name)).collect();
    if let Some(present) =
        targets.iter().find(|target| target.symlink_metadata().is_ok() && (!force || target.is_dir()))
    {
        return Err(Error::Exists(present.clone()));
    }
    let home = existing_ancestor(folder);
    let staging = at(home, tempfile::Builder::new().prefix(".doublet-").tempdir_in(home))?;
    let fresh = staging.path().join("fresh");
    at(&fresh, fs::create_dir(&fresh))?;
    for file in files {
        at(&folder.join(&file.name), fs::write(fresh.join(&file.name), &file.bytes))?;
    }
    if folder.symlink_metadata().is_ok() {
        replace_each(staging.path(), &fresh, files, &targets)?;
    } else {
        move_whole(home, &fresh, folder)?;
    }
    Ok(targets)
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T> {
    result.map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// The folder itself if it exists, else its nearest parent that does.
fn existing_ancestor(folder: &Path) -> &Path {
    folder
        .ancestors()
        .find(|path| path.is_dir())
        .filter(|path| !path.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."))
}

/// Renames the finished folder into place; parents made for it go again if that fails.
fn move_whole(home: &Path, fresh: &Path, folder: &Path) -> Result<()> {
    let parents: Vec<&Path> = folder
        .ancestors()
        .skip(1)
        .take_while(|path| !path.as_os_str().is_empty() && *path != home && !path.is_dir())
        .collect();
    let moved = parents.iter().rev().try_for_each(fs::create_dir).and_then(|()| fs::rename(fresh, folder));
    if moved.is_err() {
        for parent in parents {
            // A parent that was not made, or that another program uses by now, stays.
            let _ = fs::remove_dir(parent);
        }
    }
    at(folder, moved)
}

/// Renames file by file into a folder that exists; the files replaced are kept until all are in place.
fn replace_each(staging: &Path, fresh: &Path, files: &[NewFile], targets: &[PathBuf]) -> Result<()> {
    let replaced = staging.join("replaced");
    at(&replaced, fs::create_dir(&replaced))?;
    let mut done: Vec<(&Path, Option<PathBuf>)> = Vec::new();
    for (file, target) in files.iter().zip(targets) {
        let kept = replaced.join(&file.name);
        let kept = match fs::rename(target, &kept) {
            Ok(()) => Some(kept),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(undo(&done, target, source)),
        };
        done.push((target, kept));
        if let Err(source) = fs::rename(fresh.join(&file.name), target) {
            return Err(undo(&done, target, source));
        }
    }
    Ok(())
}

/// Puts everything back as it was, and makes the error.
fn undo(done: &[(&Path, Option<PathBuf>)], path: &Path, source: io::Error) -> Error {
    for (target, kept) in done.iter().rev() {
        // The first error is the one to report; what cannot be put back cannot be mended here.
        let _ = match kept {
            Some(kept) => fs::rename(kept, target),
            None => fs::remove_file(target),
        };
    }
    Error::Write { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<NewFile> {
        ["a", "b"].map(|n| NewFile { name: format!("{n}.txt"), bytes: format!("new {n}").into_bytes() }).into()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_folder_appears_whole() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("x/y");
        assert_eq!(write(&folder, &files(), false).unwrap(), [folder.join("a.txt"), folder.join("b.txt")]);
        assert_eq!(names(&folder), ["a.txt", "b.txt"]);
        assert_eq!(names(home.path()), ["x"]);
    }

    #[test]
    fn nothing_is_overwritten_without_force() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("b.txt"), "old b").unwrap();
        let error = write(home.path(), &files(), false).unwrap_err().to_string();
        assert!(error.contains("b.txt exists") && error.contains("--force"), "{error}");
        assert_eq!(names(home.path()), ["b.txt"]);
        write(home.path(), &files(), true).unwrap();
        assert_eq!(names(home.path()), ["a.txt", "b.txt"]);
        assert_eq!(fs::read_to_string(home.path().join("b.txt")).unwrap(), "new b");
    }

    #[test]
    fn an_error_leaves_everything_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("a.txt"), "old a").unwrap();
        fs::create_dir(home.path().join("b.txt")).unwrap();
        assert!(write(home.path(), &files(), true).is_err());
        assert_eq!(names(home.path()), ["a.txt", "b.txt"]);
        assert_eq!(fs::read_to_string(home.path().join("a.txt")).unwrap(), "old a");

        let blocked = home.path().join("a.txt/report");
        assert!(write(&blocked, &files(), false).is_err());
        assert_eq!(names(home.path()), ["a.txt", "b.txt"]);
    }

    #[test]
    fn a_failed_rename_is_undone() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("a.txt"), "old a").unwrap();
        let staging = tempfile::tempdir_in(home.path()).unwrap();
        let fresh = staging.path().join("fresh");
        fs::create_dir(&fresh).unwrap();
        fs::write(fresh.join("a.txt"), "new a").unwrap();
        let files = files();
        let targets: Vec<PathBuf> = files.iter().map(|file| home.path().join(&file.name)).collect();
        assert!(replace_each(staging.path(), &fresh, &files, &targets).is_err(), "b.txt was never staged");
        drop(staging);
        assert_eq!(names(home.path()), ["a.txt"]);
        assert_eq!(fs::read_to_string(home.path().join("a.txt")).unwrap(), "old a");
    }
}
