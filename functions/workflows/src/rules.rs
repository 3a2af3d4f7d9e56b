//! Which steps a workflow may have (api/workflows.md, "Validation and update rules").

use edge_api::{
    enums::WorkflowTrigger,
    plugins::{CORE, core, types_of},
    workflows::{WorkflowStep, method_of},
};
use edge_http::{Error, Result};

/// Every step must name a method that there is and that works on what the trigger gives. What is stored names no version.
///
/// Only the core plugin's methods are there: WebAssembly of third parties is not run, and the answer says so
/// (docs/workflows.md).
pub fn check(steps: &mut [WorkflowStep], trigger: WorkflowTrigger) -> Result<()> {
    for step in steps {
        let unknown = || Error::bad_request(format!("Unknown method {}", step.method));
        let (plugin, method) = method_of(&step.method).ok_or_else(unknown)?;
        if plugin != CORE {
            return Err(Error::bad_request(format!(
                "Unknown method {}: this server only has the methods of {CORE}, plugins of others are not supported",
                step.method
            )));
        }
        let types = core().types(method).ok_or_else(unknown)?;
        if !types.iter().any(|kind| types_of(trigger).contains(kind)) {
            return Err(Error::bad_request(format!(
                "Method \"{}\" is incompatible with workflow trigger: \"{trigger}\"",
                step.method
            )));
        }
        step.method = format!("{plugin}#{method}");
    }
    Ok(())
}
