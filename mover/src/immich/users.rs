//! Who is moved: accounts of both servers, made where they are missing, and the credentials for each.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::json;

use super::Pair;
use crate::client::{Credential, Server};
use crate::model::User;
use crate::options::Options;
use crate::report::{self, Report};
use crate::state::{Kind, State};
use crate::target::Target;

/// Ids at the target by ids at the source, for everybody who is at both.
#[derive(Default)]
pub struct Users(BTreeMap<String, String>);

impl Users {
    /// The user of the target who is `source` there.
    pub fn target(&self, source: &str) -> Option<&str> {
        self.0.get(source).map(String::as_str)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    access_token: String,
}

/// Finds and makes accounts, and everybody's credentials.
pub fn prepare(
    options: &Options,
    from: &Server,
    to: &Server,
    state: &State,
    report: &Report,
) -> Result<(Users, Vec<Pair>)> {
    let me: User = from.get("/users/me")?;
    let mine: User = to.get("/users/me")?;
    if options.users {
        ensure!(
            me.is_admin && mine.is_admin,
            "--users needs the keys of administrators at both servers"
        );
        make(from, to, &me, options.dry_run, state, report)?;
    }
    let mut users = Users::default();
    let there = by_email(to.get("/users")?);
    for user in from.get::<Vec<User>>("/users")? {
        if let Some(target) = there.get(&user.email.to_lowercase()) {
            users.0.insert(user.id, target.id.clone());
        }
    }
    users.0.insert(me.id.clone(), mine.id);
    let mut pairs = vec![Pair {
        email: me.email,
        id: me.id,
        from: from.clone(),
        to: Some(Target::new(to.clone())),
    }];
    for (email, key) in &options.keys {
        pairs.push(further(options, email, key, from, to, state)?);
    }
    Ok((users, pairs))
}

fn by_email(users: Vec<User>) -> BTreeMap<String, User> {
    let users = users.into_iter();
    users
        .map(|user| (user.email.to_lowercase(), user))
        .collect()
}

/// Makes the accounts that are missing at the target.
fn make(
    from: &Server,
    to: &Server,
    me: &User,
    dry: bool,
    state: &State,
    report: &Report,
) -> Result<()> {
    let there = by_email(to.get("/admin/users?withDeleted=true")?);
    for user in from.get::<Vec<User>>("/admin/users")? {
        let is_there = there.contains_key(&user.email.to_lowercase());
        if is_there || user.id == me.id || user.deleted_at.is_some() {
            continue;
        }
        if dry {
            report.note(format!("account to make: {}", user.email));
            continue;
        }
        let result = make_one(&user, to, state);
        if let Some(password) = report.take(&user.email, result)? {
            report.note(format!("account made: {} {password}", user.email));
        }
    }
    Ok(())
}

/// Makes an account and gives its password, which stands in the state file before the account is there.
fn make_one(user: &User, to: &Server, state: &State) -> Result<String> {
    let email = user.email.to_lowercase();
    let password = if let Some(password) = state.get(Kind::Password, &email)? {
        password
    } else {
        let mut random = [0; 12];
        getrandom::fill(&mut random)?;
        let password = hex::encode(random);
        state.set(Kind::Password, &email, &password)?;
        password
    };
    let mut body = json!({
        "email": user.email,
        "name": user.name,
        "password": password,
        "isAdmin": user.is_admin,
        "quotaSizeInBytes": user.quota_size_in_bytes,
        "shouldChangePassword": true,
        "notify": false,
    });
    if let Some(label) = &user.storage_label {
        body["storageLabel"] = label.as_str().into();
    }
    if let Some(colour) = &user.avatar_color {
        body["avatarColor"] = colour.as_str().into();
    }
    to.tell("POST", "/admin/users", &body)?;
    Ok(password)
}

/// A user who was named with a key.
fn further(
    options: &Options,
    email: &str,
    key: &str,
    from: &Server,
    to: &Server,
    state: &State,
) -> Result<Pair> {
    let from = from.as_user(Credential::Key(key.to_owned()));
    let user: User = from.get("/users/me")?;
    ensure!(
        user.email.to_lowercase() == email,
        "the key after --key {email} is that of {}",
        user.email
    );
    let to_key = options.to_keys.iter().find(|(named, _)| named == email);
    let credential = match (to_key, state.get(Kind::Password, email)?) {
        (Some((_, key)), _) => Some(Credential::Key(key.clone())),
        (None, Some(password)) => Some(Credential::Token(log_in(email, &password, to)?)),
        (None, None) if options.dry_run && options.users => None,
        (None, None) => {
            anyhow::bail!("{email} was not made by --users: --to-key {email}=KEY is needed")
        }
    };
    let to = credential.map(|credential| to.as_user(credential));
    if let Some(to) = &to {
        let there: User = to.get("/users/me")?;
        ensure!(
            there.email.to_lowercase() == email,
            "the key after --to-key {email} is that of {}",
            there.email
        );
    }
    Ok(Pair {
        email: user.email,
        id: user.id,
        from,
        to: to.map(Target::new),
    })
}

fn log_in(email: &str, password: &str, to: &Server) -> Result<String> {
    let body = json!({"email": email, "password": password});
    let nobody = to.as_user(Credential::Nobody);
    let login: Login = nobody.send("POST", "/auth/login", &body).with_context(|| {
        format!("{email} has another password by now: name a key with --to-key {email}=KEY")
    })?;
    Ok(login.access_token)
}

/// Ends the sessions that were begun here.
pub fn log_out(pairs: &[Pair]) {
    for target in pairs.iter().filter_map(|pair| pair.to.as_ref()) {
        if target.server.has_session()
            && let Err(error) = target.server.tell("POST", "/auth/logout", &json!({}))
        {
            report::say(&format!("logging out: {error:#}"));
        }
    }
}
