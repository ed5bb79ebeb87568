//! A server with one thing that goes wrong, and the real client of one provider before it.

use std::sync::Arc;
use std::time::Duration;

use retake_film::download::{Downloads, Egress, Error, Wish};
use retake_film::providers::{Card, Given, Order, Provider, Secret, Standard};
use retake_rehearsal::{Bill, Kind, Options, Pace, Script, Server, key};
use serde_json::json;
use tempfile::TempDir;

use super::rows::Row;

/// How long nobody has to wait in vain.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long somebody waits who is in a hurry.
const HURRY: Duration = Duration::from_millis(200);

/// A server, and who is spoken to.
pub(super) struct Stage {
    row: Row,
    pub(super) server: Server,
    pub(super) card: Card,
    pub(super) folder: TempDir,
}

impl Stage {
    /// One whose script has these rules, a line each.
    pub(super) fn with(row: Row, rules: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = match rules {
            [] => Script::calm(),
            rules => Script::read(&format!("rules:\n{}", rules.concat())).unwrap(),
        };
        let server = Server::start(Options {
            folder: folder.path().join("server"),
            listen: ([127, 0, 0, 1], 0).into(),
            script,
            pace: Pace {
                cold_start: Duration::ZERO,
                queue: Duration::from_millis(1),
                work: Kind::ALL.map(|kind| (kind, Duration::from_millis(4))).into(),
                ..Pace::quick()
            },
            seed: 7,
            ffmpeg: "ffmpeg".into(),
        });
        Self { row, server: server.unwrap(), card: row.card(), folder }
    }

    /// The client.
    pub(super) fn client(&self) -> Arc<dyn Provider> {
        self.open(&self.server.base_url(self.row.provider), &key(self.row.provider), PATIENCE)
    }

    /// The client of somebody in a hurry.
    pub(super) fn hasty(&self) -> Arc<dyn Provider> {
        self.open(&self.server.base_url(self.row.provider), &key(self.row.provider), HURRY)
    }

    /// The client of somebody whose key is none.
    pub(super) fn stranger(&self) -> Arc<dyn Provider> {
        self.open(&self.server.base_url(self.row.provider), "wrong-key-1234", PATIENCE)
    }

    /// The client of somebody who was told a wrong address.
    pub(super) fn lost(&self) -> Arc<dyn Provider> {
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        self.at(&format!("http://{nobody}"))
    }

    /// The client of somebody who was told this address.
    pub(super) fn at(&self, address: &str) -> Arc<dyn Provider> {
        self.open(address, &key(self.row.provider), PATIENCE)
    }

    fn open(&self, address: &str, key: &str, timeout: Duration) -> Arc<dyn Provider> {
        let mut seller = Standard::named(self.row.provider).unwrap().seller(self.row.provider);
        address.clone_into(&mut seller.base_url);
        seller.key = Some(Secret::new(key));
        seller.request_timeout = timeout;
        seller.more = self.row.more();
        (seller.standard.open)(&seller).unwrap()
    }

    /// What is wanted.
    pub(super) fn order(&self) -> Order<'_> {
        let kind = self.card.kind.word();
        let schema = json!({"type": "object", "required": ["film"], "properties": {"film": {"type": "string"}}});
        Order {
            card: &self.card,
            prompt: "a lighthouse learns to blink".to_owned(),
            system: None,
            answer: (kind == "code").then_some(schema),
            image: (kind == "video").then(dot),
            end_image: None,
            refs: Vec::new(),
            audio: None,
            seconds: self.card.seconds.first().copied(),
            width: 1280,
            height: 720,
            seed: self.card.inputs.contains_key("seed").then_some(4_711),
            language: None,
            mark: "take-1".to_owned(),
            seed_is_mark: true,
        }
    }

    /// What was accepted and charged.
    pub(super) fn bill(&self) -> Bill {
        self.server.bill()
    }

    /// Downloads what lies at an address.
    pub(super) async fn download(&self, client: &dyn Provider, address: &str, in_a_hurry: bool) -> Result<u64, Error> {
        let downloads = Downloads::new(Egress::read(self.server.egress()).unwrap()).unwrap();
        let (key, base) = (client.key_for(address), self.server.url());
        let header =
            key.as_ref().map(|(name, key)| retake_film::download::Header { name, value: key.reveal(), origin: &base });
        let kind = match self.card.kind.word() {
            "video" => retake_film::download::Kind::Video,
            _ => retake_film::download::Kind::Image,
        };
        let timeout = if in_a_hurry { HURRY * 3 } else { PATIENCE };
        let wish = Wish { kind: Some(kind), most_bytes: 1 << 28, timeout, idle: timeout, header, hosts: &[] };
        downloads.get(address, &wish, &self.folder.path().join("file")).await.map(|got| got.bytes)
    }
}

/// A picture of one dot.
fn dot() -> Given {
    const DOT: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";
    Given::Inline { mime: "image/png", bytes: DOT.into() }
}
