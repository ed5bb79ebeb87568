//! What a provider lacks it does not claim, and what is too large is not read.

use std::io::Write as _;

use retake_engine::fault::{Acceptance, Class};
use retake_engine::id::Ticket;
use retake_engine::moment::Moment;
use retake_film::providers::{Progress, Work};

use super::rows::{ROWS, Row, Way};
use super::stage::Stage;
use super::trial::alone;
use crate::site::Site;

#[test]
fn what_a_provider_lacks_it_does_not_claim() {
    alone(async {
        for row in ROWS {
            let stage = Stage::with(row, &[]);
            let client = stage.client();
            if !row.finds {
                let request = client.request(&stage.order()).unwrap();
                let found = client.find(&stage.card, &request, Moment::from_ms(0)).await;
                assert!(
                    found.is_err_and(|fault| fault.acceptance != Acceptance::No),
                    "{}: no list is no proof",
                    row.name
                );
            }
            if !row.uploads {
                let uploaded = client.upload("image/png", vec![7; 300_000].into()).await;
                assert_eq!(uploaded, Ok(None), "{}", row.name);
            }
            if !row.describes {
                assert_eq!(client.published(&stage.card).await, Ok(None), "{}", row.name);
            }
            if row.way == Way::OnTheSpot {
                let ticket = Ticket::from("never-heard-of");
                let polled = client.poll(Work { card: &stage.card, ticket: &ticket }).await;
                assert!(matches!(polled, Ok(Progress::Gone)), "{}: {polled:?}", row.name);
            }
            assert_eq!(stage.bill().taken(), 0, "{}", row.name);
        }
    });
}

#[test]
fn an_answer_without_end_is_not_read_to_its_end() {
    for (status, class, acceptance) in
        [("200 OK", Class::Unclear, Acceptance::Unknown), ("400 Bad Request", Class::Invalid, Acceptance::No)]
    {
        let site = Site::open(move |_, stream| {
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 999999999999\r\n\r\n")?;
            while stream.write_all(&[b' '; 1 << 16]).is_ok() {}
            Ok(())
        });
        alone(async {
            let stage = Stage::with(Row::named("anthropic"), &[]);
            let client = stage.at(&site.url(""));
            let request = client.request(&stage.order()).unwrap();
            let fault = client.submit(&stage.card, &request).await.unwrap_err().fault;
            assert_eq!((fault.class, fault.acceptance), (class, acceptance), "{status}: {fault:?}");
        });
    }
}
