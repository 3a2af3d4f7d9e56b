//! A mail as MIME: HTML with the same as plain text, and perhaps one picture inside (`cid:`).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mail_builder::{
    MessageBuilder,
    headers::{content_type::ContentType, date::Date},
    mime::{BodyPart, MimePart},
};
use serde::{Deserialize, Serialize};

use crate::{Address, MailError};

/// What a mail says.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// Who sends it.
    pub from: &'a Address,
    /// Who gets answers.
    pub reply_to: &'a Address,
    /// Who gets it.
    pub to: &'a Address,
    /// One line; line breaks become spaces.
    pub subject: &'a str,
    /// A whole HTML document.
    pub html: &'a str,
    /// The same as text.
    pub text: &'a str,
    /// Shown inside of the HTML.
    pub picture: Option<Picture<'a>>,
    /// Unique; names the mail and its parts.
    pub id: &'a str,
    /// When, epoch ms.
    pub now: i64,
}

/// A picture that belongs to the HTML.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// The HTML names it `cid:<id>`.
    pub id: &'a str,
    /// Media type.
    pub mime_type: &'a str,
    /// The file.
    pub bytes: &'a [u8],
}

/// A mail ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Address of the sender.
    pub from: String,
    /// Address of the recipient.
    pub to: String,
    /// Headers and body in base64; lines end with CRLF.
    content: String,
}

impl Message {
    /// Puts a letter into its form. Names, subject and texts may hold any letters.
    pub fn new(letter: &Letter<'_>) -> Self {
        let domain = letter.from.email.rsplit_once('@');
        let domain = domain.map_or("localhost", |(_, domain)| domain);
        let subject: String = letter
            .subject
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let built = MessageBuilder::new()
            .from(header(letter.from))
            .reply_to(header(letter.reply_to))
            .to(header(letter.to))
            .subject(subject)
            .date(Date::new(letter.now.div_euclid(1000)))
            .message_id(format!("{}@{domain}", letter.id))
            .header(
                "Auto-Submitted",
                mail_builder::headers::raw::Raw::new("auto-generated"),
            )
            .body(body(letter));
        let mut content = Vec::new();
        built.serialize(&mut content);
        Self {
            from: letter.from.email.clone(),
            to: letter.to.email.clone(),
            content: STANDARD.encode(content),
        }
    }

    /// Headers and body.
    ///
    /// # Errors
    /// [`MailError::Address`] for what was relayed and is no mail.
    pub fn content(&self) -> Result<Vec<u8>, MailError> {
        let decoded = STANDARD.decode(&self.content);
        decoded.map_err(|error| MailError::Refused(format!("not a mail: {error}")))
    }
}

fn header(address: &Address) -> (String, String) {
    (address.name.clone(), address.email.clone())
}

/// `multipart/alternative` of text and HTML, the latter in a `multipart/related` with its picture.
fn body<'a>(letter: &Letter<'a>) -> MimePart<'a> {
    let html = MimePart::new("text/html", letter.html);
    let html = match letter.picture {
        None => html,
        Some(picture) => {
            let part = MimePart::new(picture.mime_type, BodyPart::from(picture.bytes));
            multipart(
                "related",
                letter.id,
                vec![html, part.inline().cid(picture.id)],
            )
        }
    };
    let text = MimePart::new("text/plain", letter.text);
    multipart("alternative", letter.id, vec![text, html])
}

/// The boundary is no line of a part: those are base64, quoted-printable, or texts that cannot know the id.
fn multipart<'a>(kind: &str, id: &str, parts: Vec<MimePart<'a>>) -> MimePart<'a> {
    let kind_and_boundary =
        ContentType::new(format!("multipart/{kind}")).attribute("boundary", format!("{kind}-{id}"));
    MimePart::new(kind_and_boundary, parts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn sent(subject: &str, picture: Option<Picture<'_>>) -> String {
        let from = Address::parse("Fotos <photos@p.example>").unwrap();
        let to = Address::parse("jane@p.example")
            .unwrap()
            .named("Jäne\r\nX: y");
        let message = Message::new(&Letter {
            from: &from,
            reply_to: &from,
            to: &to,
            subject,
            html: "<p>Grüße</p>",
            text: "Grüße",
            picture,
            id: "0001",
            now: 1_700_000_000_000,
        });
        assert_eq!(
            (message.from.as_str(), message.to.as_str()),
            ("photos@p.example", "jane@p.example")
        );
        String::from_utf8(message.content().unwrap()).unwrap()
    }

    #[test]
    fn a_mail_has_both_forms_and_its_headers() {
        let mail = sent("Hello\r\nBcc: all@p.example", None);
        let (headers, body) = mail.split_once("\r\n\r\n").unwrap();
        for line in [
            "From: \"Fotos\" <photos@p.example>",
            "Subject: Hello  Bcc: all@p.example",
            "Message-ID: <0001@p.example>",
            "Date: Tue, 14 Nov 2023 22:13:20 +0000",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(headers.contains(line), "{line}: {headers}");
        }
        assert!(
            !headers.contains("\r\nX: y") && !headers.contains("\r\nBcc"),
            "{headers}"
        );
        assert!(
            body.contains("text/plain") && body.contains("text/html"),
            "{body}"
        );
        assert!(!mail.contains("multipart/related"), "{mail}");
        assert!(
            mail.split("\r\n")
                .all(|line| line.len() < 998 && !line.contains(['\r', '\n']))
        );
    }

    #[test]
    fn a_picture_comes_along() {
        let picture = Picture {
            id: "album-thumbnail",
            mime_type: "image/jpeg",
            bytes: &[0xff; 3000],
        };
        let mail = sent("x", Some(picture));
        assert!(mail.contains("Content-ID: <album-thumbnail>"), "{mail}");
        assert!(mail.contains("multipart/related"), "{mail}");
    }
}
