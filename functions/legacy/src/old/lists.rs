//! Lists without what clients of this generation have no name for: they read names as enumerations, and fail at a new one.

use edge_http::{App, Result};
use http::Method;
use serde_json::{Value, json};

use crate::call::Call;

/// Permissions that came later (api/v32.md section 9).
const PERMISSIONS: [&str; 13] = [
    "adminConfig.read",
    "adminConfig.update",
    "apiKey.rotate",
    "assetFile.read",
    "assetFile.download",
    "assetFile.delete",
    "clusterGroup.read",
    "clusterGroup.leave",
    "clusterGroupRequest.read",
    "clusterGroupRequest.create",
    "clusterGroupRequest.delete",
    "userConfig.read",
    "workflow.logs",
];

/// What starts workflows of this generation, and what it is about.
pub const AUTOMATIONS: [(&str, &str); 2] =
    [("AssetCreate", "asset"), ("PersonRecognized", "person")];

/// API keys, with the permissions that there were.
pub fn keys(mut found: Value) -> Value {
    each(&mut found, &mut |object| {
        if let Some(permissions) = object.get_mut("permissions").and_then(Value::as_array_mut) {
            permissions.retain(|name| {
                !name
                    .as_str()
                    .is_some_and(|name| PERMISSIONS.contains(&name))
            });
        }
    });
    found
}

/// Queues, but for the later one.
pub fn queues(mut found: Value) -> Value {
    retain(&mut found, |queue| queue["name"] != "integrityCheck");
    found
}

/// Notifications, but for the later kind.
pub fn notifications(mut found: Value) -> Value {
    retain(&mut found, |one| one["type"] != "ClusterGroupRequest");
    found
}

/// Plugins: their methods are not the filters and actions of then, so they have none.
pub fn plugins(mut found: Value) -> Value {
    each(&mut found, &mut |plugin| {
        if plugin.contains_key("author") {
            plugin.insert("filters".into(), json!([]));
            plugin.insert("actions".into(), json!([]));
        }
    });
    found
}

/// Workflows: what starts them, whose they are, and no steps, which were of another kind.
pub async fn workflows(app: &App, call: &Call, mut found: Value) -> Result<Value> {
    let me = call.aside(Method::GET, "users/me").ask(app, &Value::Null);
    let me = me.await?.success().unwrap_or_default();
    let is_known = |workflow: &Value| {
        AUTOMATIONS
            .iter()
            .any(|(name, _)| workflow["trigger"] == *name)
    };
    retain(&mut found, is_known);
    each(&mut found, &mut |workflow| {
        let trigger = workflow.get("trigger").cloned().unwrap_or_default();
        let described = workflow.get("description").cloned().unwrap_or_default();
        workflow.insert("triggerType".into(), trigger);
        workflow.insert(
            "description".into(),
            described.as_str().unwrap_or_default().into(),
        );
        workflow.insert("ownerId".into(), me["id"].clone());
        workflow.insert("filters".into(), json!([]));
        workflow.insert("actions".into(), json!([]));
    });
    Ok(found)
}

/// Visits the object, or every object of the list, and those one level below.
fn each(found: &mut Value, visit: &mut impl FnMut(&mut serde_json::Map<String, Value>)) {
    match found {
        Value::Array(items) => items.iter_mut().for_each(|item| each(item, visit)),
        Value::Object(object) => {
            let inner = object.get_mut("apiKey").and_then(Value::as_object_mut);
            inner.into_iter().for_each(&mut *visit);
            visit(object);
        }
        _ => {}
    }
}

fn retain(found: &mut Value, keep: impl Fn(&Value) -> bool) {
    if let Some(items) = found.as_array_mut() {
        items.retain(keep);
    }
}
