//! Where the owner of a data directory listens: a Unix socket that nobody else can open.
//!
//! Whoever binds holds the lock of the directory, so a socket that lies there is left over from an owner that is gone.

use std::fs::Permissions;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use retake_engine::id::Hash;

/// What the socket is called.
const NAME: &str = "retake.sock";
/// The file that says where it lies where its path would be too long.
const ELSEWHERE: &str = "retake.sock.path";
/// The longest path that every system takes for a socket.
const PATH_BYTES: usize = 100;
/// Where sockets go that have no room elsewhere.
const SHARED: &str = "/tmp";

/// Where the owner of this data directory listens.
pub(super) fn path_of(data: &Path) -> PathBuf {
    let elsewhere = std::fs::read(data.join(ELSEWHERE)).ok().filter(|path| !path.is_empty());
    elsewhere.map_or_else(|| data.join(NAME), |path| PathBuf::from(std::ffi::OsStr::from_bytes(&path)))
}

/// A socket that is listened at, and is gone when it is dropped.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) listener: UnixListener,
    pub(super) path: PathBuf,
}

impl Socket {
    /// Listens for this data directory, whose lock the caller holds.
    pub(super) fn bind(data: &Path, runtime: Option<&Path>) -> io::Result<Self> {
        let near = data.join(NAME);
        let note = data.join(ELSEWHERE);
        // While it is bound, it has a name of its own, which is longer.
        let path = if near.as_os_str().len() + ".new".len() <= PATH_BYTES {
            match std::fs::remove_file(&note) {
                Ok(()) => near,
                Err(error) if error.kind() == io::ErrorKind::NotFound => near,
                Err(error) => return Err(error),
            }
        } else {
            let path = far(data, runtime)?;
            std::fs::write(&note, path.as_os_str().as_bytes())?;
            path
        };
        let fresh = path.with_extension("sock.new");
        let _ = std::fs::remove_file(&fresh);
        let listener = UnixListener::bind(&fresh)?;
        // Nobody knows it by its name before it is closed to others.
        std::fs::set_permissions(&fresh, Permissions::from_mode(0o600))?;
        std::fs::rename(&fresh, &path)?;
        Ok(Self { listener, path })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A short path in a folder that is this user's alone.
fn far(data: &Path, runtime: Option<&Path>) -> io::Result<PathBuf> {
    let user = rustix::process::getuid().as_raw();
    let fits = |folder: &&Path| folder.is_dir() && folder.as_os_str().len() < PATH_BYTES - 48;
    let folder = runtime
        .filter(fits)
        .map_or_else(|| Path::new(SHARED).join(format!("retake-{user}")), |folder| folder.join("retake"));
    match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let about = std::fs::symlink_metadata(&folder)?;
    if !about.is_dir() || about.uid() != user || about.mode() & 0o077 != 0 {
        let why = format!("`{}` is not a folder of yours alone", folder.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    let mark: String = Hash::of([data.as_os_str().as_bytes()]).to_string().chars().take(16).collect();
    Ok(folder.join(format!("{mark}.sock")))
}

/// Whether the other side is the same user, as far as the system tells.
#[cfg(target_os = "linux")]
pub(super) fn is_ours(stream: &UnixStream) -> bool {
    rustix::net::sockopt::socket_peercred(stream).is_ok_and(|peer| peer.uid == rustix::process::getuid())
}

/// Whether the other side is the same user: here the permissions of the socket alone see to it.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_ours(_: &UnixStream) -> bool {
    true
}
