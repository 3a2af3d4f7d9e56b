//! The dialogue with servers that a test plays.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use super::*;
use crate::{Letter, Message};

/// Answers in turn; what was said is kept.
#[derive(Clone)]
struct Played {
    answers: Arc<Mutex<VecDeque<&'static str>>>,
    said: Arc<Mutex<String>>,
}

impl Wire for Played {
    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut answers = self.answers.lock().unwrap();
        let Some(next) = answers.pop_front() else {
            return Ok(0);
        };
        // In two pieces, as networks do it.
        let half = next.len().div_ceil(2).min(buffer.len());
        buffer[..half].copy_from_slice(&next.as_bytes()[..half]);
        if half < next.len() {
            answers.push_front(&next[half..]);
        }
        Ok(half)
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.said
            .lock()
            .unwrap()
            .push_str(std::str::from_utf8(bytes).unwrap());
        Ok(())
    }

    async fn secure(self) -> Result<Self, MailError> {
        self.said.lock().unwrap().push_str("(TLS)\r\n");
        Ok(self)
    }
}

fn server(username: &str) -> SmtpServer {
    SmtpServer {
        host: "mail.example".to_owned(),
        port: 587,
        secure: false,
        ignore_cert: false,
        username: username.to_owned(),
        password: username.to_owned(),
    }
}

fn message() -> Message {
    let address = Address::parse("a@b.example").unwrap();
    Message::new(&Letter {
        from: &address,
        reply_to: &address,
        to: &address,
        subject: "s",
        html: "h",
        text: ".t",
        picture: None,
        id: "1",
        now: 0,
    })
}

fn played(
    answers: &[&'static str],
    is_secure: bool,
    server: &SmtpServer,
    message: Option<&Message>,
) -> (Result<(), MailError>, String) {
    let wire = Played {
        answers: Arc::new(Mutex::new(answers.iter().copied().collect())),
        said: Arc::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let result = runtime.block_on(talk(wire.clone(), is_secure, server, message));
    let said = wire.said.lock().unwrap().clone();
    (result, said)
}

const HELLO: &str = "220 mail.example ESMTP\r\n";

#[test]
fn a_mail_is_handed_over_after_starttls_and_password() {
    let answers = [
        HELLO,
        "250-mail.example\r\n250-SIZE 1000000\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
        "220 go on\r\n",
        "250-mail.example\r\n250 AUTH LOGIN PLAIN\r\n",
        "235 2.7.0 welcome\r\n",
        "250 2.1.0 ok\r\n",
        "250 2.1.5 ok\r\n",
        "354 go on\r\n",
        "250 2.0.0 taken\r\n",
        "221 bye\r\n",
    ];
    let (result, said) = played(&answers, false, &server("u"), Some(&message()));
    assert_eq!(result, Ok(()));
    let start = "EHLO [127.0.0.1]\r\nSTARTTLS\r\n(TLS)\r\nEHLO [127.0.0.1]\r\nAUTH PLAIN AHUAdQ==\r\n\
                 MAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n";
    assert!(said.starts_with(start), "{said}");
    assert!(
        said.contains("\r\n..t") && said.ends_with("\r\n.\r\nQUIT\r\n"),
        "{said}"
    );
}

#[test]
fn a_password_is_not_sent_in_the_clear() {
    let answers = [
        HELLO,
        "250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n",
        "235 ok\r\n",
        "221 bye\r\n",
    ];
    let (result, said) = played(&answers, false, &server("u"), None);
    assert_eq!(
        (result, said.as_str()),
        (Err(MailError::Insecure), "EHLO [127.0.0.1]\r\n")
    );
    let trusting = SmtpServer {
        ignore_cert: true,
        ..server("u")
    };
    assert_eq!(played(&answers, false, &trusting, None).0, Ok(()));
    assert_eq!(played(&answers, true, &server("u"), None).0, Ok(()));
}

#[test]
fn servers_that_only_know_login_get_it() {
    let answers = [
        HELLO,
        "250-mail.example\r\n250 AUTH LOGIN\r\n",
        "334 VXNlcm5hbWU6\r\n",
        "334 UGFzc3dvcmQ6\r\n",
        "535 5.7.8 wrong\r\n",
    ];
    let (result, said) = played(&answers, true, &server("u"), None);
    assert!(
        matches!(&result, Err(MailError::Refused(text)) if text.contains("535")),
        "{result:?}"
    );
    assert!(said.contains("AUTH LOGIN\r\ndQ==\r\ndQ==\r\n"), "{said}");
    assert!(!result.unwrap_err().is_passing());
}

#[test]
fn what_a_server_says_later_tells_whether_to_try_again() {
    let open = [HELLO, "250 mail.example\r\n"];
    let with = |last: &'static str| {
        let answers = [open[0], open[1], last];
        played(&answers, true, &server(""), Some(&message()))
            .0
            .unwrap_err()
    };
    assert!(matches!(with("451 4.3.0 later\r\n"), MailError::Busy(_)));
    assert!(with("451 later\r\n").is_passing());
    assert!(matches!(
        with("550 5.1.1 nobody\r\n"),
        MailError::Refused(_)
    ));
    assert!(matches!(with("999 ?\r\n"), MailError::Unreachable(_)));
    assert!(matches!(
        with("HTTP/1.1 400 Bad Request\r\n"),
        MailError::Unreachable(_)
    ));
}

#[test]
fn endless_and_broken_answers_end() {
    let line = "250-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n";
    let mut answers = vec![HELLO];
    answers.extend(std::iter::repeat_n(line, 2000));
    let long = played(&answers, true, &server(""), None).0.unwrap_err();
    assert!(matches!(long, MailError::Unreachable(_)), "{long}");
    for answers in [&[][..], &[HELLO], &["22"], &["\r\n"], &["220 x"]] {
        let error = played(answers, true, &server(""), None).0.unwrap_err();
        assert!(
            matches!(error, MailError::Unreachable(_)),
            "{answers:?}: {error}"
        );
    }
}

#[test]
fn addresses_that_would_be_commands_are_not_said() {
    let mut message = message();
    message.to = "a@b>\r\nRSET".to_owned();
    let (result, said) = played(&[HELLO, "250 x\r\n"], true, &server(""), Some(&message));
    assert!(matches!(result, Err(MailError::Address(_))), "{result:?}");
    assert_eq!(said, "EHLO [127.0.0.1]\r\n");
}
