//! Reads `table.txt`, which says what its columns mean.

use edge_api::Permission;
use http::Method;

/// Who calls an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Anybody; credentials are not looked at.
    Public,
    /// A user.
    User,
    /// A user or a shared link.
    Link,
    /// An administrator.
    Admin,
}

/// A request, with `{names}` of ids in it.
#[derive(Debug, Clone)]
pub struct Call {
    /// HTTP method.
    pub method: Method,
    /// Path from the root, with its query.
    pub path: String,
    /// JSON, or the `@name` of a body; empty for none.
    pub body: String,
}

/// One line.
#[derive(Debug)]
pub struct Row {
    /// Operation id.
    pub operation: &'static str,
    /// Who calls.
    pub needs: Needs,
    /// What an API key needs; `None`: any key will do.
    pub permission: Option<Permission>,
    /// The request.
    pub call: Call,
    /// The status for those it is open to.
    pub status: u16,
    open_to: Vec<&'static str>,
    /// The status for everybody else.
    pub otherwise: u16,
    /// What a key with exactly the permission gets, where it is not what its user gets.
    pub key: Option<u16>,
    /// What has to be done before.
    pub before: Option<Call>,
}

/// The users of the world, by name.
pub const USERS: [&str; 6] = ["owner", "partner", "viewer", "editor", "stranger", "admin"];

impl Row {
    /// The status for a user of [`USERS`], for `link` or for `single`.
    pub fn status_for(&self, who: &str) -> u16 {
        let is_all = self.open_to.contains(&"all") && USERS.contains(&who);
        if is_all || self.open_to.contains(&who) {
            self.status
        } else if self.needs == Needs::Admin {
            403
        } else {
            self.otherwise
        }
    }

    /// Whether the request names something of alice's; users may be known to everybody.
    pub fn names_her_ids(&self) -> bool {
        let text = format!("{}{}", self.call.path, self.call.body);
        let names = text
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'));
        let mut names = names
            .map(|(name, _)| name)
            .filter(|name| name.chars().all(char::is_alphabetic));
        names.any(|name| !name.is_empty() && !USERS.contains(&name))
    }

    /// Who prepares the world, and whose API keys are tried.
    pub fn doer(&self) -> &'static str {
        if self.needs == Needs::Admin {
            "admin"
        } else {
            "owner"
        }
    }
}

/// All lines.
pub fn rows() -> Vec<Row> {
    let lines = include_str!("table.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(row).collect()
}

fn row(line: &'static str) -> Row {
    let columns: Vec<&str> = line.split(" | ").collect();
    let (operation, needs, request, who, before) = match columns.as_slice() {
        [operation, needs, request, who] => (*operation, *needs, *request, *who, None),
        [operation, needs, request, who, before] => {
            (*operation, *needs, *request, *who, Some(*before))
        }
        _ => panic!("not four or five columns: {line}"),
    };
    let (needs, permission) = needs.split_once(' ').expect("needs and a permission");
    let mut parts = who.split(", ");
    let (status, open_to) = parts
        .next()
        .and_then(|part| part.split_once(' '))
        .expect("status and who");
    let (mut otherwise, mut key) = (400, None);
    for part in parts {
        match part.split_once(' ') {
            Some(("else", status)) => otherwise = number(status),
            Some(("key", status)) => key = Some(number(status)),
            _ => panic!("neither `else` nor `key`: {line}"),
        }
    }
    Row {
        operation,
        needs: match needs {
            "public" => Needs::Public,
            "user" => Needs::User,
            "link" => Needs::Link,
            "admin" => Needs::Admin,
            other => panic!("who is {other}? {line}"),
        },
        permission: (permission != "any").then(|| {
            Permission::parse(permission).unwrap_or_else(|| panic!("no permission: {line}"))
        }),
        call: call(request),
        status: number(status),
        open_to: open_to.split(' ').collect(),
        otherwise,
        key,
        before: before.map(call),
    }
}

fn number(text: &str) -> u16 {
    text.parse()
        .unwrap_or_else(|_| panic!("not a status: {text}"))
}

fn call(text: &str) -> Call {
    let mut words = text.splitn(3, ' ');
    let method = words
        .next()
        .and_then(|word| word.parse().ok())
        .expect("a method");
    let path = words.next().expect("a path");
    let is_outside = ["/.well-known", "/custom.css", "/share/", "/s/"]
        .iter()
        .any(|start| path.starts_with(start));
    let prefix = if is_outside { "" } else { "/api" };
    Call {
        method,
        path: format!("{prefix}{path}"),
        body: words.next().unwrap_or_default().to_owned(),
    }
}
