//! Addresses as people write them: `name@example.com` or `Name <name@example.com>` (RFC 5322, the common part of it).

use crate::MailError;

/// A name, perhaps empty, and an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// As it is shown.
    pub name: String,
    /// `local@domain`.
    pub email: String,
}

/// Longest address (RFC 5321 section 4.5.3.1.3), bytes.
const LONGEST: usize = 254;

impl Address {
    /// Reads what an administrator or a user wrote.
    ///
    /// # Errors
    /// [`MailError::Address`]: nothing that can stand in a command of SMTP; letters outside of ASCII are for the domain only in its
    /// encoded form (`xn--`).
    pub fn parse(text: &str) -> Result<Self, MailError> {
        let text = text.trim();
        let (name, email) = match text
            .strip_suffix('>')
            .and_then(|rest| rest.rsplit_once('<'))
        {
            Some((name, email)) => (name.trim().trim_matches('"').trim(), email.trim()),
            None => ("", text),
        };
        let is_text = |name: &str| !name.chars().any(char::is_control);
        if !is_email(email) || !is_text(name) {
            return Err(MailError::Address(text.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            email: email.to_owned(),
        })
    }

    /// The same address under a name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.chars().filter(|c| !c.is_control()).collect();
        self
    }
}

/// Whether the text can stand between the angle brackets of MAIL FROM and RCPT TO without ending them.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_plain = |c: char| c.is_ascii_graphic() && !"<>()[]\\,;:\"".contains(c);
    let is_literal = domain.starts_with('[') && domain.ends_with(']');
    let domain = domain.trim_start_matches('[').trim_end_matches(']');
    let is_domain =
        |c: char| c.is_ascii_alphanumeric() || ".-".contains(c) || (is_literal && c == ':');
    text.len() <= LONGEST
        && !local.is_empty()
        && !domain.is_empty()
        && local.chars().all(is_plain)
        && domain.chars().all(is_domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(String, String)> {
        let address = Address::parse(text).ok()?;
        Some((address.name, address.email))
    }

    #[test]
    fn names_and_addresses_are_told_apart() {
        let both = |name: &str, email: &str| Some((name.to_owned(), email.to_owned()));
        assert_eq!(parsed(" a@b.example "), both("", "a@b.example"));
        assert_eq!(
            parsed("Photos <noreply@b.example>"),
            both("Photos", "noreply@b.example")
        );
        assert_eq!(
            parsed("\"Fotos, Zürich\" <a+x@b>"),
            both("Fotos, Zürich", "a+x@b")
        );
        assert_eq!(parsed("a@[127.0.0.1]"), both("", "a@[127.0.0.1]"));
    }

    #[test]
    fn what_would_end_a_command_is_no_address() {
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a b@c",
            "a@b>\r\nRCPT TO:<c@d",
            "a\n@b",
            "a@b c",
            "a@b\0",
            "ä@b",
            "a@bä",
            "a,c@b",
            "X\r\nBcc: y <a@b>",
        ] {
            assert_eq!(parsed(bad), None, "{bad:?}");
        }
        assert_eq!(parsed(&format!("{}@b.example", "a".repeat(300))), None);
    }
}
