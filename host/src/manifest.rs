//! spin.toml, manifest version 2: what the host understands of it. Whatever it does not know is an error.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

/// A whole spin.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    spin_manifest_version: u32,
    /// `[application]`: names and words for people.
    pub application: Application,
    /// `[variables]` of the application.
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    trigger: Triggers,
    /// `[component.<name>]`.
    #[serde(rename = "component")]
    pub components: BTreeMap<String, Component>,
    /// The folder of the file; paths in it start here.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// `[application]`.
#[derive(Debug, Deserialize)]
pub struct Application {
    /// Name of the application.
    pub name: String,
}

/// One entry of `[variables]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its value unless one is given at the start.
    pub default: Option<String>,
    /// Whether the start fails without a value.
    #[serde(default)]
    pub required: bool,
    /// Whether its value stays out of logs. The host logs no values at all.
    #[serde(default)]
    #[serde(rename = "secret")]
    _secret: bool,
    #[serde(default)]
    #[serde(rename = "description")]
    _description: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Triggers {
    #[serde(default)]
    http: Vec<Trigger>,
    #[serde(default)]
    redis: Vec<RedisTrigger>,
}

/// One `[[trigger.redis]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisTrigger {
    /// The server, `redis://host:port`; a template.
    pub address: String,
    /// What it subscribes to; a template.
    pub channel: String,
    /// Name of the component.
    pub component: String,
    #[serde(default)]
    #[serde(rename = "id")]
    _id: Option<String>,
}

/// One `[[trigger.http]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// Where the component listens.
    pub route: Route,
    /// Name of the component.
    pub component: String,
    #[serde(default)]
    #[serde(rename = "id")]
    _id: Option<String>,
}

/// The route of a trigger.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Route {
    /// `/exact` or `/under/...`.
    Path(String),
    /// `{ private = true }`: only for service chaining.
    Private {
        /// Always true.
        private: bool,
    },
}

/// One `[component.<name>]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// The wasm file, from the folder of the manifest.
    pub source: PathBuf,
    /// Where it may connect to; templates.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// The SQLite databases it may open.
    #[serde(default)]
    pub sqlite_databases: Vec<String>,
    /// The variables it may read; templates.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Folders that it may read.
    #[serde(default)]
    pub files: Vec<Mount>,
    /// Environment variables of the guest.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    #[serde(default)]
    #[serde(rename = "description")]
    _description: Option<String>,
    /// How `spin build` builds it; not the host's business.
    #[serde(default)]
    #[serde(rename = "build")]
    _build: Option<toml::Value>,
}

/// One of `files`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// The folder, from that of the manifest.
    pub source: PathBuf,
    /// Where the guest sees it.
    pub destination: String,
}

impl Manifest {
    /// Reads `file`.
    ///
    /// # Errors
    /// What is missing, wrong, or not supported by this host, with its place.
    pub fn read(file: &Path) -> Result<Self> {
        let shown = file.display();
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))?;
        let mut manifest = Self::parse(&text).with_context(|| shown.to_string())?;
        let folder = file.parent().filter(|folder| *folder != Path::new(""));
        manifest.folder = folder.unwrap_or(Path::new(".")).to_path_buf();
        Ok(manifest)
    }

    fn parse(text: &str) -> Result<Self> {
        let manifest: Self = toml::from_str(text)?;
        ensure!(
            manifest.spin_manifest_version == 2,
            "spin_manifest_version must be 2"
        );
        let named = manifest.trigger.http.iter().map(|it| &it.component);
        let named = named.chain(manifest.trigger.redis.iter().map(|it| &it.component));
        for name in named {
            ensure!(
                manifest.components.contains_key(name),
                "a trigger names the component {name:?}, which is not there"
            );
        }
        for trigger in &manifest.trigger.http {
            if let Route::Private { private: false } = trigger.route {
                bail!("a route is a path or {{ private = true }}");
            }
        }
        Ok(manifest)
    }

    /// The HTTP triggers.
    pub fn triggers(&self) -> &[Trigger] {
        &self.trigger.http
    }

    /// The Redis triggers.
    pub fn redis_triggers(&self) -> &[RedisTrigger] {
        &self.trigger.redis
    }

    /// Values of the application's variables: `given`, else the environment's `SPIN_VARIABLE_<NAME>`, else the default.
    ///
    /// # Errors
    /// A given variable that the manifest lacks, and a required one without value.
    pub fn values(
        &self,
        given: &BTreeMap<String, String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<BTreeMap<String, String>> {
        if let Some(name) = given
            .keys()
            .find(|name| !self.variables.contains_key(*name))
        {
            bail!("spin.toml has no variable {name:?}");
        }
        let mut values = BTreeMap::new();
        for (name, variable) in &self.variables {
            let in_environment = format!("SPIN_VARIABLE_{}", name.to_uppercase());
            let value = given.get(name).cloned();
            let value = value
                .or_else(|| environment(&in_environment))
                .or_else(|| variable.default.clone());
            match value {
                Some(value) => drop(values.insert(name.clone(), value)),
                None if variable.required => bail!("variable {name:?} needs a value: --variable"),
                None => {}
            }
        }
        Ok(values)
    }
}

/// Fills in `{{ name }}`.
///
/// # Errors
/// An unknown variable and a brace that is not closed.
pub fn render(template: &str, values: &BTreeMap<String, String>) -> Result<String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after
            .split_once("}}")
            .with_context(|| format!("{template:?}: {{{{ without }}}}"))?;
        let name = name.trim();
        let value = values
            .get(name)
            .with_context(|| format!("{template:?}: variable {name:?} has no value"))?;
        text.push_str(before);
        text.push_str(value);
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        spin_manifest_version = 2
        application = { name = "small", version = "0.1.0" }
        [variables]
        plain = { default = "yes" }
        needed = { required = true, secret = true }
        [[trigger.http]]
        route = "/api/..."
        component = "a"
        [[trigger.http]]
        route = { private = true }
        component = "b"
        [component.a]
        source = "a.wasm"
        allowed_outbound_hosts = ["http://{{ plain }}.example"]
        [component.a.variables]
        shown = "{{ plain }}-{{needed}}"
        [component.b]
        source = "b.wasm"
        [component.b.build]
        command = "make"
    "#;

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn values_come_from_the_command_line_the_environment_and_the_default() {
        let manifest = Manifest::parse(SMALL).unwrap();
        let env = |name: &str| (name == "SPIN_VARIABLE_NEEDED").then(|| "env".to_owned());
        let values = manifest.values(&given(&[]), env).unwrap();
        assert_eq!(values, given(&[("plain", "yes"), ("needed", "env")]));
        let values = manifest.values(&given(&[("needed", "x")]), env).unwrap();
        assert_eq!(values["needed"], "x");
        assert!(manifest.values(&given(&[]), |_| None).is_err());
        assert!(manifest.values(&given(&[("else", "x")]), env).is_err());
    }

    #[test]
    fn templates_are_filled_in() {
        let values = given(&[("a", "1"), ("b", "2")]);
        assert_eq!(render("{{ a }}-{{b}}.", &values).unwrap(), "1-2.");
        assert_eq!(render("plain", &values).unwrap(), "plain");
        assert!(render("{{ c }}", &values).is_err());
        assert!(render("{{ a", &values).is_err());
    }

    #[test]
    fn what_the_host_does_not_know_is_an_error() {
        let with_stores = SMALL.replace(
            "source = \"a.wasm\"",
            "source = \"a.wasm\"\nkey_value_stores = [\"default\"]",
        );
        let error = Manifest::parse(&with_stores).unwrap_err();
        assert!(format!("{error:#}").contains("key_value_stores"));
        assert!(Manifest::parse(&SMALL.replace("component = \"b\"", "component = \"c\"")).is_err());
        let redis = "[[trigger.redis]]\naddress = \"redis://{{ plain }}\"\nchannel = \"jobs\"\ncomponent = ";
        let with_redis = |component| {
            SMALL.replace(
                "[component.a]",
                &format!("{redis}{component:?}\n[component.a]"),
            )
        };
        let manifest = Manifest::parse(&with_redis("b")).unwrap();
        assert_eq!(manifest.redis_triggers()[0].channel, "jobs");
        assert!(Manifest::parse(&with_redis("c")).is_err());
        assert!(
            Manifest::parse(&SMALL.replace("manifest_version = 2", "manifest_version = 1"))
                .is_err()
        );
        assert!(Manifest::parse(&SMALL.replace("private = true", "private = false")).is_err());
    }
}
