//! Workflows: what happens by itself when assets come or are read (api/workflows.md section 1).

use serde::Serialize;
use serde_json::{Map, Value};

use crate::enums::{WorkflowResult, WorkflowTrigger, WorkflowType};
use crate::id::WorkflowId;
use crate::input::{Patch, input, rule};
use crate::time::Millis;

/// `WorkflowResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowResponse {
    /// The workflow.
    pub id: WorkflowId,
    /// What starts it.
    pub trigger: WorkflowTrigger,
    /// Name.
    pub name: Option<String>,
    /// Text.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed, its steps aside.
    pub updated_at: Millis,
    /// It is started.
    pub enabled: bool,
    /// How its runs end is written down (api/v32.md section 8).
    pub logging: bool,
    /// What it does, in this order.
    pub steps: Vec<WorkflowStep>,
}

/// `WorkflowShareResponseDto`: what another server can make the same workflow of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkflowShare {
    /// What starts it.
    pub trigger: WorkflowTrigger,
    /// Name.
    pub name: Option<String>,
    /// Text.
    pub description: Option<String>,
    /// What it does, in this order.
    pub steps: Vec<SharedStep>,
}

/// `WorkflowShareStepDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SharedStep {
    /// `plugin#method`.
    pub method: String,
    /// How the method is to work.
    pub config: Option<Map<String, Value>>,
    /// Only when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

impl From<WorkflowResponse> for WorkflowShare {
    fn from(workflow: WorkflowResponse) -> Self {
        let share = |step: WorkflowStep| SharedStep {
            method: step.method,
            config: step.config,
            enabled: (!step.enabled).then_some(false),
        };
        Self {
            trigger: workflow.trigger,
            name: workflow.name,
            description: workflow.description,
            steps: workflow.steps.into_iter().map(share).collect(),
        }
    }
}

/// `WorkflowTriggerResponseDto`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TriggerResponse {
    /// The trigger.
    pub trigger: WorkflowTrigger,
    /// What it gives to methods.
    pub types: &'static [WorkflowType],
}

input! {
    /// `WorkflowStepDto`. The configuration is not held against the schema of its method.
    #[derive(Serialize)]
    pub struct WorkflowStep {
        /// `plugin#method`.
        pub method: String = required("method", rule::string()),
        /// How the method is to work.
        pub config: Option<Map<String, Value>> = nullable("config", rule::record()),
        /// It is not left out.
        pub enabled: bool = default("enabled", rule::boolean(), true),
    }
}

input! {
    /// Query of `GET /workflows`.
    pub struct WorkflowQuery {
        /// Only this one.
        pub id: Option<WorkflowId> = optional("id", rule::id()),
        /// Only with this trigger.
        pub trigger: Option<WorkflowTrigger> = optional("trigger", rule::enum_of()),
        /// Always refused: a query holds texts (api/workflows.md section 1).
        pub enabled: Option<bool> = optional("enabled", rule::json_boolean()),
        /// Only those that are logged, or that are not (api/v32.md section 8).
        pub logging: Option<bool> = optional("logging", rule::boolean()),
        /// Not used, as in 3.1.0.
        pub name: Option<String> = optional("name", rule::string()),
        /// Not used, as in 3.1.0.
        pub description: Option<String> = optional("description", rule::string()),
    }
}

input! {
    /// `WorkflowCreateDto`.
    pub struct WorkflowCreate {
        /// What starts it.
        pub trigger: WorkflowTrigger = required("trigger", rule::enum_of()),
        /// Name.
        pub name: Option<String> = nullish("name", rule::string()),
        /// Text.
        pub description: Option<String> = nullish("description", rule::description()),
        /// It is started.
        pub enabled: bool = default("enabled", rule::boolean(), true),
        /// How its runs end is written down.
        pub logging: bool = default("logging", rule::boolean(), false),
        /// What it does, in this order.
        pub steps: Vec<WorkflowStep> = default("steps", rule::array_of(rule::object()), Vec::new()),
    }
    limits BULK
}

input! {
    /// `WorkflowUpdateDto`.
    pub struct WorkflowUpdate {
        /// What starts it.
        pub trigger: Option<WorkflowTrigger> = optional("trigger", rule::enum_of()),
        /// Name.
        pub name: Patch<String> = patch("name", rule::string()),
        /// Text.
        pub description: Patch<String> = patch("description", rule::description()),
        /// It is started.
        pub enabled: Option<bool> = optional("enabled", rule::boolean()),
        /// How its runs end is written down.
        pub logging: Option<bool> = optional("logging", rule::boolean()),
        /// What it does from now on.
        pub steps: Option<Vec<WorkflowStep>> = optional("steps", rule::array_of(rule::object())),
    }
    limits BULK
}

impl WorkflowUpdate {
    /// Whether something beside the steps changes.
    pub fn changes_workflow(&self) -> bool {
        self.trigger.is_some()
            || self.enabled.is_some()
            || self.logging.is_some()
            || !self.name.is_absent()
            || !self.description.is_absent()
    }
}

/// Entries of one answer of `GET /workflows/{id}/logs` at most: as many as are kept of a workflow.
pub const LOGGED: i64 = 1_000;

input! {
    /// Query of `GET /workflows/{id}/logs` (api/v32.md section 8).
    pub struct WorkflowLogQuery {
        /// Only what is older.
        pub before: Option<Millis> = optional("before", rule::date_time()),
        /// So many at most.
        pub limit: i64 = default("limit", rule::integer().min(1).max(LOGGED), 50),
        /// Only what ended so.
        pub result: Option<WorkflowResult> = optional("result", rule::enum_of()),
    }
}

/// `WorkflowLogEntryDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowLogEntry {
    /// The entry.
    pub id: String,
    /// When the run ended.
    pub at: Millis,
    /// How.
    pub result: WorkflowResult,
    /// The asset that it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger_data_id: Option<String>,
    /// The step at which it ended early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_step: Option<LoggedStep>,
}

/// `lastStep` of a log entry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoggedStep {
    /// Its place in the workflow, from 0.
    pub index: i64,
    /// `plugin#method`.
    pub method: String,
}

/// Plugin and method of `plugin[@version]#method`; `None`: it has another form. The version does not count
/// (api/workflows.md, "Validation and update rules").
pub fn method_of(text: &str) -> Option<(&str, &str)> {
    let is_part = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '#' || c == '@')
    };
    let (plugin, method) = text.split_once('#')?;
    let (plugin, version) = plugin.split_once('@').unwrap_or((plugin, "0"));
    (is_part(plugin) && is_part(version) && is_part(method)).then_some((plugin, method))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_named_with_its_plugin() {
        assert_eq!(method_of("a#b"), Some(("a", "b")));
        assert_eq!(method_of("a@1.2.3#b"), Some(("a", "b")));
        for text in [
            "", "a", "#b", "a#", "a@#b", "@1#b", "a#b#c", "a@1@2#b", "a b#c", "a#b@1",
        ] {
            assert_eq!(method_of(text), None, "{text}");
        }
    }
}
