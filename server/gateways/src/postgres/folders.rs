//! Where the cluster lives: folders that PostgreSQL's account can reach and strangers cannot.

use std::{
    env,
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::ErrorKind,
    os::unix::fs::{
        DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink,
    },
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use super::{Version, account::Account, secrets::short_name};

/// Holds the clusters of data folders that PostgreSQL's account cannot reach, such as in /root.
const ELSEWHERE: &str = "/var/lib/medconnect";
/// The longest path of a socket that the system takes, less the zero at its end.
const LONGEST_SOCKET: usize = if cfg!(target_os = "linux") { 107 } else { 103 };
pub(super) const SOCKET: &str = ".s.PGSQL.5432";

/// Makes the data folder where there is none, and gives its full path.
pub(super) fn create(data_dir: &Path) -> Result<PathBuf> {
    private(data_dir)?;
    data_dir.canonicalize().with_context(|| format!("cannot find {}", data_dir.display()))
}

/// Keeps a second server out. The system lets go of it when this one ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a program that another thread is just starting has it open too.
        let _ = self.0.unlock();
    }
}

/// `None`: another server holds it.
pub(super) fn lock(data_dir: &Path) -> Result<Option<Lock>> {
    let path = data_dir.join("lock");
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// The folder of the cluster: a subfolder a major version, and the socket.
#[derive(Debug)]
pub(super) struct Home {
    path: PathBuf,
    /// `data_dir`/postgres: the folder itself, or a link to it.
    entry: PathBuf,
    account: Account,
}

impl Home {
    pub fn open(data_dir: &Path, account: Account) -> Result<Self> {
        let entry = data_dir.join("postgres");
        let home = |path| Self { path, entry: entry.clone(), account };

        if entry.is_symlink() {
            let Ok(path) = entry.canonicalize() else {
                bail!(
                    "{} leads to the database's folder, which is gone. Bring that folder back, or \
                     delete the link to begin with an empty database.",
                    entry.display()
                );
            };
            return Ok(home(path));
        }
        open_to(account, data_dir)?;
        if entry.is_dir() || !account.lent {
            private(&entry)?;
            return home(entry.clone()).opened();
        }

        if reaches(account, data_dir)? && fits(&entry) {
            private(&entry)?;
            return home(entry.clone()).opened();
        }
        let path = Path::new(ELSEWHERE).join(short_name(data_dir));
        private(&path)?;
        fs::set_permissions(ELSEWHERE, Permissions::from_mode(0o711))?;
        symlink(&path, &entry).with_context(|| format!("cannot write {}", entry.display()))?;
        home(path).opened()
    }

    /// Lets PostgreSQL's account through, and nobody else.
    fn opened(self) -> Result<Self> {
        open_to(self.account, &self.path)?;
        Ok(self)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn account(&self) -> Account {
        self.account
    }

    /// The major versions that there is data of.
    pub fn majors(&self) -> Result<Vec<u32>> {
        let mut majors = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            let Some(major) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
            if self.version(major).exists() {
                majors.push(major);
            }
        }
        Ok(majors)
    }

    pub fn version(&self, major: u32) -> Version {
        Version(self.path.join(major.to_string()))
    }

    /// The private folder of the socket: here, or where the path is short enough for a socket.
    pub fn socket_folder(&self, data_dir: &Path) -> Result<PathBuf> {
        let here = self.path.join("run");
        if here.join(SOCKET).as_os_str().len() <= LONGEST_SOCKET {
            private(&here)?;
            self.account.give(&here)?;
            return Ok(here);
        }
        let name = format!("medconnect-{}-{}", self.account.uid, short_name(data_dir));
        let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| {
            path.is_absolute() && path.join(&name).join(SOCKET).as_os_str().len() <= LONGEST_SOCKET
        });
        let folder = runtime.unwrap_or_else(|| PathBuf::from("/tmp")).join(name);
        self.claim(&folder)?;
        Ok(folder)
    }

    /// Makes a folder where others may write too, or makes sure that the one there is ours alone.
    fn claim(&self, folder: &Path) -> Result<()> {
        match DirBuilder::new().mode(0o700).create(folder) {
            Ok(()) => return self.account.give(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot make {}", folder.display()));
            }
        }
        let found = fs::symlink_metadata(folder)?;
        let ours = found.is_dir() && found.uid() == self.account.uid && found.mode() & 0o077 == 0;
        if !ours {
            bail!(
                "{} was made by somebody else, or is open to others, so the database's socket \
                 will not be put there. Remove it, or choose a shorter MEDCONNECT_DATA_DIR.",
                folder.display()
            );
        }
        Ok(())
    }

    pub fn remove(self, sockets: &Path) -> Result<()> {
        fs::remove_dir_all(&self.path)?;
        if sockets.exists() {
            fs::remove_dir_all(sockets)?;
        }
        if self.entry.is_symlink() {
            fs::remove_file(&self.entry)?;
        }
        Ok(())
    }
}

/// Makes the folder and those above it, for us alone; one that exists stays as it is.
pub(super) fn private(folder: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}

/// Lets a lent account go through a folder of ours, but not list or change it.
pub(super) fn open_to(account: Account, folder: &Path) -> Result<()> {
    let found = fs::metadata(folder)?;
    let ours = found.uid() == rustix::process::geteuid().as_raw();
    if account.lent && ours && !account.may_enter(&found) {
        std::os::unix::fs::chown(folder, None, Some(account.gid))?;
        fs::set_permissions(folder, Permissions::from_mode(found.mode() & 0o707 | 0o010))?;
    }
    Ok(())
}

/// May the account go through the folder and all above it?
fn reaches(account: Account, folder: &Path) -> Result<bool> {
    for ancestor in folder.ancestors() {
        if !account.may_enter(&fs::metadata(ancestor)?) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Is a socket in this folder's subfolder short enough?
fn fits(home: &Path) -> bool {
    home.join("run").join(SOCKET).as_os_str().len() <= LONGEST_SOCKET
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(account: Account) -> Home {
        Home { path: PathBuf::new(), entry: PathBuf::new(), account }
    }

    fn us() -> Account {
        let uid = rustix::process::geteuid().as_raw();
        let gid = rustix::process::getegid().as_raw();
        Account { uid, gid, lent: false }
    }

    #[test]
    fn a_socket_folder_is_taken_again_by_the_one_who_made_it() {
        let outside = tempfile::tempdir().unwrap();
        let folder = outside.path().join("sockets");

        home(us()).claim(&folder).unwrap();

        assert!(home(us()).claim(&folder).is_ok());
    }

    #[test]
    fn a_socket_folder_that_a_stranger_prepared_is_refused() {
        let outside = tempfile::tempdir().unwrap();
        let open = outside.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, Permissions::from_mode(0o755)).unwrap();
        let link = outside.path().join("link");
        symlink(outside.path(), &link).unwrap();
        let foreign = outside.path().join("foreign");
        home(us()).claim(&foreign).unwrap();
        let somebody_else = Account { uid: us().uid + 1, ..us() };

        assert!(home(us()).claim(&open).is_err());
        assert!(home(us()).claim(&link).is_err());
        assert!(home(somebody_else).claim(&foreign).is_err());
    }
}
