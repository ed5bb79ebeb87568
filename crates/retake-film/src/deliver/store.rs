//! A film in an object store.
//!
//! There is no temporary key: an object appears when its PUT, or the completion of its parts, has succeeded, and not
//! before. What is cut off half-way is seen by nobody. Parts of an upload that failed are given up at once; those of
//! one that was killed are swept by the store's own rules for unfinished uploads.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use object_store::path::Path as Key;
use object_store::{Attribute, Attributes, MultipartUpload, ObjectStore, PutMultipartOptions, PutOptions, PutPayload};
use reqwest::Method;

use super::{Error, Place, Store};

mod ear;
mod open;

use ear::Ear;

/// The smallest part of an upload, and up to which size a file goes in one piece.
const PART_BYTES: u64 = 8 << 20;
/// The most parts that stores allow, less some.
const PARTS_MAX: u64 = 9_000;

/// Brings files into a store, one after the other.
pub(super) fn bring(files: &[(&str, &Path)], store: &Store) -> Result<Vec<Place>, Error> {
    aside(store, || all(files, store))
}

/// An address under which anybody can fetch a file of a store for so long.
pub(super) fn signed(name: &str, store: &Store, lasts: Duration) -> Result<String, Error> {
    aside(store, || async {
        let ear = Ear::default();
        let (opened, folder) = open::open(store, &ear)?;
        let url = opened.signer.signed_url(Method::GET, &key(&folder, name)?, lasts).await;
        url.map(String::from).map_err(|error| ear.blame(&error, &store.url))
    })
}

/// Does it on a thread of its own, so that it does not matter on what kind of thread the caller is.
fn aside<T: Send, W: Future<Output = Result<T, Error>>>(
    store: &Store,
    work: impl FnOnce() -> W + Send,
) -> Result<T, Error> {
    let failed = |why: String| Error::Failed { place: store.url.clone(), why };
    std::thread::scope(|scope| {
        let done = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(|error| failed(error.to_string()))?.block_on(work())
        });
        done.join().unwrap_or_else(|_| Err(failed("it panicked".to_owned())))
    })
}

async fn all(files: &[(&str, &Path)], store: &Store) -> Result<Vec<Place>, Error> {
    let ear = Ear::default();
    let (open::Opened { objects, .. }, folder) = open::open(store, &ear)?;
    let mut places = Vec::new();
    for (name, path) in files {
        let mut file = File::open(path).map_err(Error::source(path))?;
        let bytes = file.metadata().map_err(Error::source(path))?.len();
        let at = format!("{}/{name}", store.url.trim_end_matches('/'));
        let upload = Upload { objects: &*objects, key: key(&folder, name)?, ear: &ear, at: &at, path };
        if bytes <= PART_BYTES {
            upload.at_once(&mut file, bytes).await?;
        } else {
            upload.in_parts(&mut file, bytes).await?;
        }
        places.push(Place { name: (*name).to_owned(), at, bytes, written: true });
    }
    Ok(places)
}

/// A name within a folder, as it is: the store's address encodes it, and nothing else does.
fn key(folder: &Key, name: &str) -> Result<Key, Error> {
    let refused = |_| Error::Refused { what: format!("the name `{name}`"), why: "stores take no such name" };
    Key::parse(format!("{folder}/{name}").trim_start_matches('/')).map_err(refused)
}

/// One file on its way.
struct Upload<'a> {
    objects: &'a dyn ObjectStore,
    key: Key,
    ear: &'a Ear,
    at: &'a str,
    path: &'a Path,
}

impl Upload<'_> {
    async fn at_once(&self, file: &mut File, bytes: u64) -> Result<(), Error> {
        let options = PutOptions { attributes: attributes(&self.key), ..PutOptions::default() };
        let sent = self.objects.put_opts(&self.key, self.read(file, bytes)?, options).await;
        sent.map(drop).map_err(|error| self.ear.blame(&error, self.at))
    }

    async fn in_parts(&self, file: &mut File, bytes: u64) -> Result<(), Error> {
        let options = PutMultipartOptions { attributes: attributes(&self.key), ..PutMultipartOptions::default() };
        let begun = self.objects.put_multipart_opts(&self.key, options).await;
        let mut upload = begun.map_err(|error| self.ear.blame(&error, self.at))?;
        let sent = self.parts(&mut *upload, file, bytes).await;
        if sent.is_err() {
            // What was sent lies there and costs money until it is given up. That this fails as well is likely.
            let _ = upload.abort().await;
        }
        sent
    }

    async fn parts(&self, upload: &mut dyn MultipartUpload, file: &mut File, bytes: u64) -> Result<(), Error> {
        let size = PART_BYTES.max(bytes.div_ceil(PARTS_MAX));
        let mut left = bytes;
        while left > 0 {
            let part = self.read(file, left.min(size))?;
            upload.put_part(part).await.map_err(|error| self.ear.blame(&error, self.at))?;
            left -= left.min(size);
        }
        upload.complete().await.map(drop).map_err(|error| self.ear.blame(&error, self.at))
    }

    /// So many bytes of the file. One that shrank meanwhile is not the one that was to be delivered.
    fn read(&self, file: &mut File, bytes: u64) -> Result<PutPayload, Error> {
        let mut part = Vec::new();
        file.take(bytes).read_to_end(&mut part).map_err(Error::source(self.path))?;
        if part.len() as u64 != bytes {
            return Err(Error::Source { path: self.path.to_owned(), why: "it ends too early".to_owned() });
        }
        Ok(part.into())
    }
}

/// What players and browsers are told that it is.
fn attributes(key: &Key) -> Attributes {
    let kind = match key.extension() {
        Some("mp4") => "video/mp4",
        Some("vtt") => "text/vtt; charset=utf-8",
        Some("srt") => "application/x-subrip; charset=utf-8",
        Some("json") => "application/json",
        Some("jpg") => "image/jpeg",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    Attributes::from_iter([(Attribute::ContentType, kind)])
}
