//! Opens a store by its address and the options that were handed over.
//!
//! Credentials that are not among the options are nowhere: left to itself, the crate that talks to stores would ask the
//! machine it runs on, the environment, or another program.

use std::sync::Arc;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey as S3};
use object_store::azure::{AzureConfigKey as Azure, MicrosoftAzureBuilder};
use object_store::client::ClientConfigKey;
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey as Google};
use object_store::path::Path as Key;
use object_store::signer::Signer;
use object_store::{ObjectStore, ObjectStoreScheme, RetryConfig};

use super::super::{Error, Store};
use super::ear::Ear;

/// A store behind one face.
pub(super) struct Opened {
    /// Where objects go.
    pub(super) objects: Arc<dyn ObjectStore>,
    /// Who lets others fetch them.
    pub(super) signer: Arc<dyn Signer>,
}

impl Opened {
    fn of<S: ObjectStore + Signer>(store: S) -> Self {
        let store = Arc::new(store);
        Self { objects: Arc::<S>::clone(&store), signer: store }
    }
}

/// What a store is told before anything else: it is the engine that tries again.
fn once() -> RetryConfig {
    RetryConfig { max_retries: 0, ..RetryConfig::default() }
}

/// A store, and the folder within it.
pub(super) fn open(store: &Store, ear: &Ear) -> Result<(Opened, Key), Error> {
    let refused = |why| Error::Refused { what: format!("the store `{}`", store.url), why };
    let url = url::Url::parse(&store.url).map_err(|_| refused("it is no address"))?;
    let (scheme, folder) = ObjectStoreScheme::parse(&url).map_err(|_| refused("no store is at such an address"))?;
    match scheme {
        ObjectStoreScheme::AmazonS3 => s3(store, ear).map(|opened| (opened, folder)),
        ObjectStoreScheme::GoogleCloudStorage => google(store, ear).map(|opened| (opened, folder)),
        ObjectStoreScheme::MicrosoftAzure => azure(store, ear).map(|opened| (opened, folder)),
        _ => Err(refused("films go to `s3://`, `gs://` or `az://`")),
    }
}

fn s3(store: &Store, ear: &Ear) -> Result<Opened, Error> {
    let options = read::<S3>(store)?;
    let has = |key: S3| options.iter().any(|(other, _)| *other == key);
    let mut builder = AmazonS3Builder::new().with_url(&store.url).with_retry(once());
    for (key, value) in &options {
        builder = match key {
            S3::AccessKeyId | S3::SecretAccessKey | S3::Token | S3::Region | S3::DefaultRegion => {
                builder.with_config(*key, value)
            }
            S3::Endpoint | S3::S3Endpoint | S3::VirtualHostedStyleRequest | S3::UnsignedPayload | S3::Checksum => {
                builder.with_config(*key, value)
            }
            S3::RequestPayer | S3::Encryption(_) | S3::Client(ClientConfigKey::AllowHttp) => {
                builder.with_config(*key, value)
            }
            other => return Err(unknown(other.as_ref())),
        };
    }
    if !has(S3::AccessKeyId) || !has(S3::SecretAccessKey) {
        return Err(locked(store, "`aws_access_key_id` and `aws_secret_access_key` are missing"));
    }
    let plain = is_plain_allowed(&options, &S3::Client(ClientConfigKey::AllowHttp));
    let built = builder.with_http_connector(ear.with(store.patience, plain)).build();
    built.map(Opened::of).map_err(|error| ear.blame(&error, &store.url))
}

fn google(store: &Store, ear: &Ear) -> Result<Opened, Error> {
    let options = read::<Google>(store)?;
    let has = |key: Google| options.iter().any(|(other, _)| *other == key);
    let mut builder = GoogleCloudStorageBuilder::new().with_url(&store.url).with_retry(once());
    for (key, value) in &options {
        builder = match key {
            Google::ServiceAccount | Google::ServiceAccountKey | Google::BaseUrl => builder.with_config(*key, value),
            Google::Client(ClientConfigKey::AllowHttp) => builder.with_config(*key, value),
            other => return Err(unknown(other.as_ref())),
        };
    }
    if !has(Google::ServiceAccount) && !has(Google::ServiceAccountKey) {
        return Err(locked(store, "`google_service_account_key` is missing"));
    }
    let plain = is_plain_allowed(&options, &Google::Client(ClientConfigKey::AllowHttp));
    let built = builder.with_http_connector(ear.with(store.patience, plain)).build();
    built.map(Opened::of).map_err(|error| ear.blame(&error, &store.url))
}

fn azure(store: &Store, ear: &Ear) -> Result<Opened, Error> {
    let options = read::<Azure>(store)?;
    let has = |key: Azure| options.iter().any(|(other, _)| *other == key);
    let mut builder = MicrosoftAzureBuilder::new().with_url(&store.url).with_retry(once());
    for (key, value) in &options {
        builder = match key {
            Azure::AccountName | Azure::AccessKey | Azure::SasKey | Azure::Token | Azure::Endpoint => {
                builder.with_config(*key, value)
            }
            Azure::ClientId | Azure::ClientSecret | Azure::AuthorityId | Azure::AuthorityHost => {
                builder.with_config(*key, value)
            }
            Azure::UseFabricEndpoint | Azure::Client(ClientConfigKey::AllowHttp) => builder.with_config(*key, value),
            other => return Err(unknown(other.as_ref())),
        };
    }
    let client = has(Azure::ClientId) && has(Azure::ClientSecret) && has(Azure::AuthorityId);
    if !client && !has(Azure::AccessKey) && !has(Azure::SasKey) && !has(Azure::Token) {
        return Err(locked(store, "`azure_storage_account_key` or `azure_storage_sas_key` is missing"));
    }
    let plain = is_plain_allowed(&options, &Azure::Client(ClientConfigKey::AllowHttp));
    let built = builder.with_http_connector(ear.with(store.patience, plain)).build();
    built.map(Opened::of).map_err(|error| ear.blame(&error, &store.url))
}

/// The options by the names that this kind of store knows.
fn read<K: std::str::FromStr>(store: &Store) -> Result<Vec<(K, String)>, Error> {
    let key = |(name, value): (&String, &String)| Ok((name.parse().map_err(|_| unknown(name))?, value.clone()));
    store.options.iter().map(key).collect()
}

fn is_plain_allowed<K: PartialEq>(options: &[(K, String)], allow: &K) -> bool {
    options.iter().any(|(key, value)| key == allow && value == "true")
}

fn unknown(name: &str) -> Error {
    Error::Refused { what: format!("the option `{}`", name.escape_debug()), why: "it is none that such a store takes" }
}

fn locked(store: &Store, why: &str) -> Error {
    Error::Denied { place: store.url.clone(), why: why.to_owned() }
}
