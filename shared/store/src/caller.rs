//! Who calls: the statement that authenticates, and the row `caller` that other statements of the same
//! batch take the user from (DESIGN section 2, "authentication and data travel together").
//!
//! A statement given to [`scoped`] may name the table `caller` with exactly one row, or none when the
//! credential is not good:
//!
//! | column | meaning |
//! |---|---|
//! | `user_id` | the user, for shared links the link's owner |
//! | `is_admin` | 0/1 |
//! | `elevated` | 1 while the locked folder is open |
//! | `session_id`, `api_key_id`, `link_id` | how the caller came in; the others are null |
//! | `link_album_id` | album of an album link |
//! | `link_download`, `link_metadata` | what the link allows; 1 for users |

use edge_platform::{DbError, Row, Rows, Statement, Value, stmt};

use crate::system::IN_SERVICE;

/// A credential as it is looked up. Tokens are SHA-256 digests in base64, share keys base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// Shared link by key.
    ShareKey(String),
    /// Shared link by slug.
    ShareSlug(String),
    /// Session by token digest.
    Session(String),
    /// API key by secret digest.
    ApiKey(String),
}

/// How a caller came in.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// With a session token: full rights of the user.
    Session(SessionCaller),
    /// With an API key: only its permissions.
    ApiKey(KeyCaller),
    /// With a shared link: only what the link shows.
    Link(LinkCaller),
}

/// The session of a caller.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionCaller {
    /// Session id.
    pub id: String,
    /// Last use, epoch ms.
    pub updated_at: i64,
    /// Elevated until, epoch ms.
    pub pin_expires_at: Option<i64>,
    /// Expiry, epoch ms.
    pub expires_at: Option<i64>,
    /// Version of the mobile app at last use.
    pub app_version: Option<String>,
    /// The client must drop its local copy before the next sync.
    pub is_pending_sync_reset: bool,
}

/// The API key of a caller.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyCaller {
    /// Key id.
    pub id: String,
    /// Permission strings.
    pub permissions: Vec<String>,
}

/// The shared link of a caller.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkCaller {
    /// Link id.
    pub id: String,
    /// Album of an album link.
    pub album_id: Option<String>,
    /// Password in clear text, if protected.
    pub password: Option<String>,
    /// Guests may upload.
    pub allow_upload: bool,
    /// Guests may download originals.
    pub allow_download: bool,
    /// Guests see metadata.
    pub show_metadata: bool,
}

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    /// The user; for shared links the link's owner.
    pub user_id: String,
    /// E-mail of that user.
    pub email: String,
    /// Name of that user.
    pub name: String,
    /// Whether that user is an administrator.
    pub is_admin: bool,
    /// True while the locked folder is open.
    pub elevated: bool,
    /// How the caller came in.
    pub kind: Kind,
}

/// What [`admission`] found.
#[derive(Debug, Clone, PartialEq)]
pub enum Admission {
    /// The credential is good.
    Good(Caller),
    /// It leads to nobody.
    Unknown,
    /// The maintenance mode is on, and no credential is good.
    OutOfService,
}

/// Where a credential leads, in SQL.
struct Source {
    /// What the columns are taken `from`, `where` the credential is good. `{key}` and `{now}` are places of parameters, `{in_service}` is the condition
    /// that the maintenance mode is off.
    from: &'static str,
    /// Columns of the row `caller` after `user_id` and `is_admin`.
    caller: &'static str,
    /// More columns, for [`admission`].
    more: &'static str,
    /// What [`Caller::from_row`] reads of all these, besides the columns of [`USER`].
    reads: &'static str,
}

/// What is read of every caller.
const USER: &str = "user_id, email, name, is_admin, elevated";

const SESSION: Source = Source {
    from: "from session s join users u on u.id = s.user_id where s.token_digest = {key} and u.deleted_at is null \
           and (s.expires_at is null or s.expires_at > cast({now} as bigint)) {in_service}",
    caller: "case when s.pin_expires_at > cast({now} as bigint) then 1 else 0 end as elevated, \
             s.id as session_id, null as api_key_id, null as link_id, null as link_album_id, \
             1 as link_download, 1 as link_metadata",
    more: "s.updated_at as session_updated_at, s.pin_expires_at, s.expires_at as session_expires_at, s.app_version, \
           s.is_pending_sync_reset",
    reads: "session_id, session_updated_at, pin_expires_at, session_expires_at, app_version, is_pending_sync_reset",
};

const API_KEY: Source = Source {
    from: "from api_key k join users u on u.id = k.user_id where k.key_digest = {key} and u.deleted_at is null \
           and cast({now} as bigint) > 0 {in_service}",
    caller: "0 as elevated, null as session_id, k.id as api_key_id, null as link_id, null as link_album_id, \
             1 as link_download, 1 as link_metadata",
    more: "k.permissions",
    reads: "session_id, api_key_id, permissions",
};

/// Found by the column `{column}`, its key or slug.
const LINK: Source = Source {
    from: "from shared_link l join users u on u.id = l.user_id left join album la on la.id = l.album_id \
           where l.{column} = {key} and u.deleted_at is null and la.deleted_at is null \
           and (l.expires_at is null or l.expires_at > cast({now} as bigint)) {in_service}",
    caller: "0 as elevated, null as session_id, null as api_key_id, l.id as link_id, l.album_id as link_album_id, \
             l.allow_download as link_download, l.show_metadata as link_metadata",
    more: "l.password as link_password, l.allow_upload as link_upload",
    reads: "session_id, api_key_id, link_id, link_album_id, link_password, link_upload, link_download, link_metadata",
};

impl Source {
    /// Selects the row `caller`.
    fn row(&self) -> String {
        format!(
            "select u.id as user_id, u.is_admin as is_admin, {}",
            self.caller
        )
    }
}

impl Credential {
    /// Where it leads; the column it is found by, for links; what it is looked up by.
    fn source(&self) -> (&'static Source, &'static str, &str) {
        match self {
            Self::ShareKey(key) => (&LINK, "key", key),
            Self::ShareSlug(slug) => (&LINK, "slug", slug),
            Self::Session(digest) => (&SESSION, "", digest),
            Self::ApiKey(digest) => (&API_KEY, "", digest),
        }
    }
}

/// The statement that authenticates: one row when the credential is good (read it with
/// [`Caller::admitted`]), else none. `now` in epoch ms. Its table `caller` has more columns than the same row for others, so
/// that PostgreSQL need not look for it twice. While the maintenance mode is on there is no such row, and the second arm has one.
pub fn admission(credential: &Credential, now: i64) -> Statement {
    let (source, _, _) = credential.source();
    let columns = format!("{USER}, {}", source.reads);
    let nothing = vec!["null"; columns.split(',').count()].join(", ");
    let sql =
        format!("select {columns} from caller union all select {nothing} where not ({IN_SERVICE})");
    let more = format!(", u.email, u.name, {}", source.more);
    over_caller(credential, now, stmt!(sql), &more).single()
}

/// Puts the row `caller` in front of a statement that names it.
pub fn scoped(credential: &Credential, now: i64, mut statement: Statement) -> Statement {
    if matches!(
        credential,
        Credential::ShareKey(_) | Credential::ShareSlug(_)
    ) {
        // Links show what is rare with others.
        statement.sql = statement.sql.replace("rarely(", "(").into();
    }
    over_caller(credential, now, statement, "")
}

/// A statement over the row `caller`, which has `more` columns.
fn over_caller(credential: &Credential, now: i64, statement: Statement, more: &str) -> Statement {
    let (source, column, key) = credential.source();
    let text = format!("{}{more} {}", source.row(), source.from);
    let select = placed(&text, column, statement.params.len() + 1);
    statement.over("caller", &select, vec![key.into(), now.into()])
}

/// A text of a [`Source`] whose parameters are the one at `place` and the next. Every request passes here several times, so it
/// is gone through once.
fn placed(text: &str, column: &str, place: usize) -> String {
    let mut placed = String::with_capacity(text.len());
    let mut parts = text.split('{');
    placed.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or((part, ""));
        let number = match name {
            "key" => Some(place),
            "now" => Some(place + 1),
            _ => None,
        };
        match number {
            Some(number) => placed.extend(["?", &number.to_string()]),
            None if name == "in_service" => placed.extend(["and ", IN_SERVICE]),
            None => placed.push_str(column),
        }
        placed.push_str(rest);
    }
    placed
}

impl Caller {
    /// A job that acts for this user, with the locked folder open: nobody called.
    pub fn acting_for(user_id: impl Into<String>) -> Self {
        Self {
            user_id: user_id.into(),
            email: String::new(),
            name: String::new(),
            is_admin: false,
            elevated: true,
            kind: Kind::ApiKey(KeyCaller {
                id: String::new(),
                permissions: Vec::new(),
            }),
        }
    }

    /// Reads the answer to [`admission`].
    pub fn admitted(rows: &Rows) -> Result<Admission, DbError> {
        let Some(row) = rows.first() else {
            return Ok(Admission::Unknown);
        };
        match row.get::<Option<String>>("user_id")? {
            Some(_) => Ok(Admission::Good(Self::from_row(&row)?)),
            None => Ok(Admission::OutOfService),
        }
    }

    /// Reads a row that selects what [`admission`] does of a caller.
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            user_id: row.get("user_id")?,
            email: row.get("email")?,
            name: row.get("name")?,
            is_admin: row.get("is_admin")?,
            elevated: row.get("elevated")?,
            kind: kind(row)?,
        })
    }

    /// Puts the row `caller` with the values already known in front of a statement that names it, for
    /// requests that authenticated in an earlier round trip.
    pub fn scoped(&self, statement: Statement) -> Statement {
        let (mut session, mut key, mut link) = (None, None, None);
        let (mut album, mut download, mut metadata) = (None, true, true);
        match &self.kind {
            Kind::Session(found) => session = Some(&found.id),
            Kind::ApiKey(found) => key = Some(&found.id),
            Kind::Link(found) => {
                link = Some(&found.id);
                album = found.album_id.as_ref();
                (download, metadata) = (found.allow_download, found.show_metadata);
            }
        }
        let columns: [(&str, &str, Value); 9] = [
            ("user_id", "text", Value::from(&self.user_id)),
            ("is_admin", "bigint", self.is_admin.into()),
            ("elevated", "bigint", self.elevated.into()),
            ("session_id", "text", session.into()),
            ("api_key_id", "text", key.into()),
            ("link_id", "text", link.into()),
            ("link_album_id", "text", album.into()),
            ("link_download", "bigint", download.into()),
            ("link_metadata", "bigint", metadata.into()),
        ];
        let mut params = Vec::with_capacity(columns.len());
        let mut selected = Vec::with_capacity(columns.len());
        for (name, kind, value) in columns {
            params.push(value);
            let place = statement.params.len() + params.len();
            selected.push(format!("cast(?{place} as {kind}) as {name}"));
        }
        let select = format!("select {}", selected.join(", "));
        statement.over("caller", &select, params)
    }
}

fn kind(row: &Row<'_>) -> Result<Kind, DbError> {
    if let Some(id) = row.get::<Option<String>>("session_id")? {
        return Ok(Kind::Session(SessionCaller {
            id,
            updated_at: row.get("session_updated_at")?,
            pin_expires_at: row.get("pin_expires_at")?,
            expires_at: row.get("session_expires_at")?,
            app_version: row.get("app_version")?,
            is_pending_sync_reset: row.get("is_pending_sync_reset")?,
        }));
    }
    if let Some(id) = row.get::<Option<String>>("api_key_id")? {
        let permissions: String = row.get("permissions")?;
        let permissions = serde_json::from_str(&permissions)
            .map_err(|error| DbError::Other(format!("api_key.permissions: {error}")))?;
        return Ok(Kind::ApiKey(KeyCaller { id, permissions }));
    }
    Ok(Kind::Link(LinkCaller {
        id: row.get("link_id")?,
        album_id: row.get("link_album_id")?,
        password: row
            .get::<Option<String>>("link_password")?
            .filter(|password| !password.is_empty()),
        allow_upload: row.get("link_upload")?,
        allow_download: row.get("link_download")?,
        show_metadata: row.get("link_metadata")?,
    }))
}
