//! How a notice is signed, by the scheme of Standard Webhooks: an id that stays the same, a time, and a signature over
//! both and the body.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use retake_engine::moment::Moment;

/// The headers by which whoever receives a notice knows that it is ours.
pub(super) fn signed(secret: &[u8], id: &str, now: Moment, body: &str) -> [(&'static str, String); 3] {
    let seconds = now.ms() / 1000;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signature = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", format!("v1,{}", STANDARD.encode(signature))),
    ]
}

/// A secret as it is handed to whoever checks signatures.
pub(super) fn told(secret: &[u8]) -> String {
    format!("whsec_{}", STANDARD.encode(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_signed_as_the_standard_has_it() {
        // The example of the standard itself.
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = Moment::from_ms(1_614_265_330_000);
        let headers = signed(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, r#"{"test": 2432232314}"#);
        assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
