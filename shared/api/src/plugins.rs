//! Plugins for workflows (api/workflows.md section 2): the core plugin, whose methods this server runs itself. There are no others:
//! `WebAssembly` of third parties is not run.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::enums::{WorkflowTrigger, WorkflowType};
use crate::id::{PluginId, PluginMethodId};
use crate::input::{input, rule};
use crate::time::Millis;

/// Name of the core plugin.
pub const CORE: &str = "immich-plugin-core";

/// When the core plugin came, epoch ms: the first day of this project's releases, as there is no import.
const SINCE: Millis = Millis(1_767_225_600_000);

/// All methods work on assets.
static TYPES: [WorkflowType; 1] = [WorkflowType::AssetV1];

/// `PluginResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginResponse {
    /// The plugin.
    pub id: PluginId,
    /// Name.
    pub name: String,
    /// Name as shown.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Who wrote it.
    pub author: String,
    /// Version.
    pub version: String,
    /// When it came.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// What it can do.
    pub methods: Vec<PluginMethodResponse>,
}

/// `PluginMethodResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginMethodResponse {
    /// `plugin#method`, as steps name it.
    pub key: String,
    /// Name.
    pub name: String,
    /// Name as shown.
    pub title: String,
    /// What it does.
    pub description: String,
    /// What it works on.
    pub types: Vec<WorkflowType>,
    /// It asks the server for more than it is given.
    pub host_functions: bool,
    /// How the editor shows it.
    pub ui_hints: Vec<String>,
    /// The form of its configuration, in the dialect of api/workflows.md section 2.
    pub schema: Value,
}

/// `PluginTemplateResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginTemplateResponse {
    /// `plugin#template`.
    pub key: String,
    /// Name as shown.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// What starts it.
    pub trigger: WorkflowTrigger,
    /// How it is shown.
    pub ui_hints: Vec<String>,
    /// What it does.
    pub steps: Vec<TemplateStep>,
}

/// `PluginTemplateStepResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TemplateStep {
    /// `plugin#method`.
    pub method: String,
    /// How the method is to work.
    pub config: Option<Map<String, Value>>,
}

input! {
    /// Query of `GET /plugins`; each field must be equal.
    pub struct PluginQuery {
        /// The plugin.
        pub id: Option<PluginId> = optional("id", rule::id()),
        /// Always refused: a query holds texts (api/workflows.md section 1).
        pub enabled: Option<bool> = optional("enabled", rule::json_boolean()),
        /// Name.
        pub name: Option<String> = optional("name", rule::string()),
        /// Name as shown.
        pub title: Option<String> = optional("title", rule::string()),
        /// What it is for.
        pub description: Option<String> = optional("description", rule::string()),
        /// Version.
        pub version: Option<String> = optional("version", rule::string()),
    }
}

input! {
    /// Query of `GET /plugins/methods`; each field must be equal.
    pub struct PluginMethodQuery {
        /// The method.
        pub id: Option<PluginMethodId> = optional("id", rule::id()),
        /// Always refused: a query holds texts (api/workflows.md section 1).
        pub enabled: Option<bool> = optional("enabled", rule::json_boolean()),
        /// Name.
        pub name: Option<String> = optional("name", rule::string()),
        /// Name as shown.
        pub title: Option<String> = optional("title", rule::string()),
        /// What it does.
        pub description: Option<String> = optional("description", rule::string()),
        /// What it works on.
        pub kind: Option<WorkflowType> = optional("type", rule::enum_of()),
        /// Works on something that this trigger gives.
        pub trigger: Option<WorkflowTrigger> = optional("trigger", rule::enum_of()),
        /// Name of its plugin.
        pub plugin_name: Option<String> = optional("pluginName", rule::string()),
        /// Version of its plugin.
        pub plugin_version: Option<String> = optional("pluginVersion", rule::string()),
    }
}

/// A method as `core.json` has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Method {
    id: String,
    name: String,
    title: String,
    description: String,
    host_functions: bool,
    ui_hints: Vec<String>,
    schema: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Template {
    name: String,
    title: String,
    description: String,
    trigger: String,
    ui_hints: Vec<String>,
    steps: Vec<TemplateStep>,
}

/// The manifest of the core plugin: what clients see of it.
#[derive(Deserialize)]
pub struct Manifest {
    id: String,
    name: String,
    version: String,
    title: String,
    description: String,
    author: String,
    methods: Vec<Method>,
    templates: Vec<Template>,
}

/// The core plugin.
///
/// # Panics
/// Never: a test reads the text that is compiled in.
#[expect(
    clippy::expect_used,
    reason = "the text is compiled in and a test reads it"
)]
pub fn core() -> &'static Manifest {
    static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| {
        let mut manifest: Manifest =
            serde_json::from_str(include_str!("plugins/core.json")).expect("a manifest");
        for method in &mut manifest.methods {
            complete(&mut method.schema);
        }
        manifest
    });
    &MANIFEST
}

/// Each node has a precision; it is 1 where the manifest does not say another.
fn complete(schema: &mut Value) {
    let Value::Object(node) = schema else {
        return;
    };
    node.entry("precision").or_insert_with(|| 1.into());
    if let Some(Value::Object(properties)) = node.get_mut("properties") {
        properties.values_mut().for_each(complete);
    }
}

/// What a trigger gives to methods.
pub fn types_of(trigger: WorkflowTrigger) -> &'static [WorkflowType] {
    match trigger {
        WorkflowTrigger::AssetCreate
        | WorkflowTrigger::AssetMetadataExtraction
        | WorkflowTrigger::AssetTagged => &TYPES,
    }
}

/// Whether what is asked for, if anything is, is this.
fn is(asked: Option<&String>, text: &str) -> bool {
    asked.is_none_or(|asked| asked == text)
}

impl Manifest {
    /// The plugin, if it is the one that is asked for.
    pub fn find(&self, query: &PluginQuery) -> Option<PluginResponse> {
        let is_asked = query.id.as_ref().is_none_or(|id| id.as_str() == self.id)
            && is(query.name.as_ref(), &self.name)
            && is(query.title.as_ref(), &self.title)
            && is(query.description.as_ref(), &self.description)
            && is(query.version.as_ref(), &self.version);
        is_asked.then(|| self.response())
    }

    /// The plugin by its id.
    pub fn by_id(&self, id: &PluginId) -> Option<PluginResponse> {
        (id.as_str() == self.id).then(|| self.response())
    }

    fn response(&self) -> PluginResponse {
        PluginResponse {
            id: PluginId::from_trusted(self.id.clone()),
            name: self.name.clone(),
            title: self.title.clone(),
            description: self.description.clone(),
            author: self.author.clone(),
            version: self.version.clone(),
            created_at: SINCE,
            updated_at: SINCE,
            methods: self.methods.iter().map(Method::response).collect(),
        }
    }

    /// The methods that are asked for, by name.
    pub fn methods(&self, query: &PluginMethodQuery) -> Vec<PluginMethodResponse> {
        let is_plugin = is(query.plugin_name.as_ref(), &self.name)
            && is(query.plugin_version.as_ref(), &self.version);
        let is_type = |kind: &WorkflowType| TYPES.contains(kind);
        let is_kind = query.kind.as_ref().is_none_or(is_type)
            && query
                .trigger
                .is_none_or(|trigger| types_of(trigger).iter().any(is_type));
        let is_asked = |method: &&Method| {
            query.id.as_ref().is_none_or(|id| id.as_str() == method.id)
                && is(query.name.as_ref(), &method.name)
                && is(query.title.as_ref(), &method.title)
                && is(query.description.as_ref(), &method.description)
        };
        if !is_plugin || !is_kind {
            return Vec::new();
        }
        let methods = self.methods.iter().filter(is_asked);
        let mut methods: Vec<_> = methods.map(Method::response).collect();
        methods.sort_by(|one, other| one.name.cmp(&other.name));
        methods
    }

    /// What workflows may be made from.
    pub fn templates(&self) -> Vec<PluginTemplateResponse> {
        let response = |template: &Template| {
            Some(PluginTemplateResponse {
                key: format!("{CORE}#{}", template.name),
                title: template.title.clone(),
                description: template.description.clone(),
                trigger: WorkflowTrigger::parse(&template.trigger)?,
                ui_hints: template.ui_hints.clone(),
                steps: template.steps.clone(),
            })
        };
        self.templates.iter().filter_map(response).collect()
    }

    /// What its method of this name works on; `None`: it has no such method.
    pub fn types(&self, method: &str) -> Option<&'static [WorkflowType]> {
        let is_known = self.methods.iter().any(|known| known.name == method);
        is_known.then_some(&TYPES)
    }
}

impl Method {
    fn response(&self) -> PluginMethodResponse {
        PluginMethodResponse {
            key: format!("{CORE}#{}", self.name),
            name: self.name.clone(),
            title: self.title.clone(),
            description: self.description.clone(),
            types: TYPES.to_vec(),
            host_functions: self.host_functions,
            ui_hints: self.ui_hints.clone(),
            schema: self.schema.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_plugin_is_read() {
        let core = core();
        assert_eq!(core.name, CORE);
        assert_eq!((core.methods.len(), core.templates.len()), (12, 3));
        for template in core.templates() {
            for step in template.steps {
                let method = step.method.strip_prefix("immich-plugin-core#");
                assert!(
                    method.is_some_and(|method| core.types(method).is_some()),
                    "{}",
                    step.method
                );
            }
        }
    }

    #[test]
    fn every_node_of_a_schema_has_a_precision() {
        let mut methods = core().methods.iter();
        let schema = &methods
            .find(|method| method.name == "assetLocationFilter")
            .unwrap()
            .schema;
        assert_eq!(schema["precision"], 1);
        let position = &schema["properties"]["coordinate"];
        assert_eq!(position["precision"], 1);
        assert_eq!(position["properties"]["latitude"]["precision"], 0.000_001);
        assert_eq!(position["properties"]["radius"]["precision"], 1);
    }
}
