//! What happens by itself (workflows.md of the contract).
use serde_json::Value;

use crate::answer::answers;

answers! {
    /// A workflow.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Workflow {
        /// Its id.
        pub id: String,
        /// What starts it.
        pub trigger: String,
        /// Its name.
        pub name: Option<String>,
        /// What it is for.
        pub description: Option<String>,
        /// Whether it is started.
        pub enabled: bool,
        /// Whether it is written down how its runs end.
        pub logging: bool,
        /// What it does, one after the other.
        pub steps: Vec<Step>,
    }

    /// A step of one.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Step {
        /// `plugin#method`.
        pub method: String,
        /// How it is to work.
        pub config: Value,
        /// Whether it is not left out. Steps of templates do not say it: none of them is.
        pub enabled: Option<bool>,
    }

    /// `GET /workflows/triggers`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Trigger {
        /// Its name.
        pub trigger: String,
    }

    /// `GET /plugins/methods`: what a step can do.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Method {
        /// `plugin#method`.
        pub key: String,
        /// Its name.
        pub title: String,
        /// What it does.
        pub description: String,
        /// What its configuration holds.
        pub schema: Value,
    }

    /// `GET /plugins/templates`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Template {
        /// `plugin#template`.
        pub key: String,
        /// Its name.
        pub title: String,
        /// What it is for.
        pub description: String,
        /// What starts it.
        pub trigger: String,
        /// What it does.
        pub steps: Vec<Step>,
    }

    /// `GET /workflows/{id}/logs`: how a run ended.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Run {
        /// When.
        pub at: String,
        /// `completed`, `halted` or `error`.
        pub result: String,
        /// The photo.
        pub trigger_data_id: Option<String>,
        /// The step at which it ended early.
        pub last_step: Option<LastStep>,
    }

    /// The step at which a run ended early.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LastStep {
        /// Its place, from 0.
        pub index: u64,
        /// `plugin#method`.
        pub method: String,
    }
}
