//! The HTML of mails (api/admin.md section 8): greeting and sentence, or what the administrator wrote instead of them, then a button
//! and the same link as text. Nothing is loaded from elsewhere. [`Post`] sends them.

mod post;
mod template;

use template::fill;

use crate::html::escaped;

pub use post::{Post, base};

/// Where links lead when the configuration names no address of its own.
pub const DEFAULT_BASE: &str = "https://my.immich.app";

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail<'a> {
    /// To somebody for whom an administrator made an account.
    Welcome {
        /// Their name.
        display_name: &'a str,
        /// Their address.
        username: &'a str,
        /// Their first password; empty where they have none.
        password: &'a str,
    },
    /// To a new member of an album.
    AlbumInvite {
        /// Title of the album.
        album_name: &'a str,
        /// Id of the album.
        album_id: &'a str,
        /// Who invites.
        sender_name: &'a str,
        /// Who is invited.
        recipient_name: &'a str,
    },
    /// To a member of an album that has new content.
    AlbumUpdate {
        /// Title of the album.
        album_name: &'a str,
        /// Id of the album.
        album_id: &'a str,
        /// The member.
        recipient_name: &'a str,
    },
    /// To the administrator who tries the configuration.
    Test {
        /// Their name.
        display_name: &'a str,
    },
}

/// The HTML shows the picture of the mail under this id.
pub const PICTURE: &str = "album-thumbnail";

impl<'a> Mail<'a> {
    /// The subject (api/admin.md section 8).
    pub fn subject(&self) -> String {
        match self {
            Self::Welcome { .. } => "Welcome to Immich".to_owned(),
            Self::AlbumInvite { album_name, .. } => {
                format!("You have been added to a shared album - {album_name}")
            }
            Self::AlbumUpdate { album_name, .. } => {
                format!("New media has been added to an album - {album_name}")
            }
            Self::Test { .. } => "Test email from Immich".to_owned(),
        }
    }

    /// The plain text beside the HTML.
    pub fn text(&self, base: &str) -> String {
        let (link, _) = self.link(base);
        let said = match self {
            Self::Welcome {
                display_name,
                username,
                password,
            } => {
                let password = match *password {
                    "" => String::new(),
                    some => format!("\nPassword: {some}"),
                };
                format!(
                    "Hello {display_name},\n\nAn account has been made for you.\n\nUser name: {username}{password}"
                )
            }
            Self::AlbumInvite {
                album_name,
                sender_name,
                recipient_name,
                ..
            } => format!(
                "Hello {recipient_name},\n\n{sender_name} has added you to the album {album_name}."
            ),
            Self::AlbumUpdate {
                album_name,
                recipient_name,
                ..
            } => format!(
                "Hello {recipient_name},\n\nNew media has been added to the album {album_name}."
            ),
            Self::Test { display_name } => {
                format!("Hello {display_name},\n\nThis mail shows that your server can send mails.")
            }
        };
        format!("{said}\n\n{link}\n")
    }

    /// Where the button leads, and what it says.
    fn link(&self, base: &str) -> (String, &'static str) {
        match self {
            Self::Welcome { .. } => (format!("{base}/auth/login"), "Log in"),
            Self::AlbumInvite { album_id, .. } | Self::AlbumUpdate { album_id, .. } => {
                (format!("{base}/albums/{album_id}"), "View album")
            }
            Self::Test { .. } => (base.to_owned(), "Open Immich"),
        }
    }

    /// The mail of this name with example values; `None`: there is no such mail.
    pub fn example(name: &str) -> Option<Mail<'static>> {
        let album_id = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
        match name {
            "welcome" => Some(Mail::Welcome {
                display_name: "John Doe",
                username: "john@example.com",
                password: "first-password",
            }),
            "album-invite" => Some(Mail::AlbumInvite {
                album_name: "Favourite photos",
                album_id,
                sender_name: "John Doe",
                recipient_name: "Jane Doe",
            }),
            "album-update" => Some(Mail::AlbumUpdate {
                album_name: "Favourite photos",
                album_id,
                recipient_name: "Jane Doe",
            }),
            _ => None,
        }
    }

    /// Where the configuration keeps the administrator's own text, as JSON pointer.
    pub fn template_key(&self) -> &'static str {
        match self {
            Self::Welcome { .. } => "/templates/email/welcomeTemplate",
            Self::AlbumInvite { .. } => "/templates/email/albumInviteTemplate",
            Self::AlbumUpdate { .. } => "/templates/email/albumUpdateTemplate",
            Self::Test { .. } => "",
        }
    }

    /// The whole mail. `template` is HTML that replaces greeting and sentence unless it is empty; `base` is the address of the
    /// server as users know it, without a slash at the end; `has_picture`: the mail brings [`PICTURE`] along. Values are escaped.
    pub fn html(&self, template: &str, base: &str, has_picture: bool) -> String {
        let (link, button) = self.link(base);
        let link = escaped(&link);
        let text = match template {
            "" => self.default_text(),
            own => fill(own, &self.variables(base)),
        };
        let picture = if has_picture {
            format!(
                "<p><img src=\"cid:{PICTURE}\" alt=\"\" style=\"max-width:100%;border-radius:12px\"></p>"
            )
        } else {
            String::new()
        };
        format!(
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head>\
             <body style=\"margin:0;padding:24px;background:#f4f4f5;font-family:sans-serif;color:#18181b\">\
             <div style=\"max-width:560px;margin:0 auto;padding:24px;background:#fff;border-radius:12px\">\
             <h1 style=\"font-size:20px\">Immich</h1>{text}{picture}\
             <p><a href=\"{link}\" style=\"display:inline-block;padding:12px 24px;border-radius:24px;background:#4250af;\
             color:#fff;text-decoration:none\">{button}</a></p>\
             <p style=\"font-size:13px\">If the button does not work, open <a href=\"{link}\">{link}</a></p>\
             </div></body></html>"
        )
    }

    /// Greeting and sentence.
    fn default_text(&self) -> String {
        match self {
            Self::Welcome {
                display_name,
                username,
                password,
            } => {
                let password = match *password {
                    "" => String::new(),
                    some => format!("<br>Password: <b>{}</b>", escaped(some)),
                };
                format!(
                    "<p>Hello {},</p><p>An account has been made for you.</p><p>User name: <b>{}</b>{password}</p>",
                    escaped(display_name),
                    escaped(username)
                )
            }
            Self::AlbumInvite {
                album_name,
                sender_name,
                recipient_name,
                ..
            } => format!(
                "<p>Hello {},</p><p>{} has added you to the album <b>{}</b>.</p>",
                escaped(recipient_name),
                escaped(sender_name),
                escaped(album_name)
            ),
            Self::AlbumUpdate {
                album_name,
                recipient_name,
                ..
            } => format!(
                "<p>Hello {},</p><p>New media has been added to the album <b>{}</b>.</p>",
                escaped(recipient_name),
                escaped(album_name)
            ),
            Self::Test { display_name } => format!(
                "<p>Hello {},</p><p>This mail shows that your server can send mails.</p>",
                escaped(display_name)
            ),
        }
    }

    /// What a template may name.
    fn variables(&self, base: &'a str) -> Vec<(&'static str, &'a str)> {
        match *self {
            Self::Welcome {
                display_name,
                username,
                password,
            } => vec![
                ("displayName", display_name),
                ("username", username),
                ("password", password),
                ("baseUrl", base),
            ],
            Self::AlbumInvite {
                album_name,
                album_id,
                sender_name,
                recipient_name,
            } => vec![
                ("albumName", album_name),
                ("albumId", album_id),
                ("senderName", sender_name),
                ("recipientName", recipient_name),
                ("baseUrl", base),
            ],
            Self::AlbumUpdate {
                album_name,
                album_id,
                recipient_name,
            } => vec![
                ("albumName", album_name),
                ("albumId", album_id),
                ("recipientName", recipient_name),
                ("baseUrl", base),
            ],
            Self::Test { display_name } => {
                vec![("displayName", display_name), ("baseUrl", base)]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: Mail<'static> = Mail::AlbumInvite {
        album_name: "<b>\"A\"</b>",
        album_id: "1",
        sender_name: "",
        recipient_name: "Jane",
    };

    #[test]
    fn values_are_no_html() {
        let html = INVITE.html("", "https://p.example/\"", true);
        assert!(html.contains("&lt;b&gt;&quot;A&quot;&lt;/b&gt;"), "{html}");
        let link = "<a href=\"https://p.example/&quot;/albums/1\"";
        assert!(html.contains(link), "{html}");
    }

    #[test]
    fn templates_replace_greeting_and_sentence() {
        let own = "<i>{recipientName}{recipientName}</i> {senderName} {nothing} {albumId {albumId} { {baseUrl}";
        let html = INVITE.html(own, "https://p.example", false);
        let filled = "<i>JaneJane</i> {senderName} {nothing} {albumId 1 { https://p.example<p>";
        assert!(html.contains(filled), "{html}");
        assert!(!html.contains("Hello"), "{html}");
    }

    #[test]
    fn a_template_cannot_take_values_for_names() {
        let mail = Mail::AlbumUpdate {
            album_name: "{albumId}",
            album_id: "1",
            recipient_name: "Jane",
        };
        assert!(mail.html("{albumName}", "", false).contains("{albumId}<p>"));
    }
}
