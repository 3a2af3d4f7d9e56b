//! `spin:variables`: what `[component.<name>.variables]` holds.
use wasmtime::component::Accessor;

use crate::bindings::spin::variables::variables::{Error, Host, HostWithStore};
use crate::state::{Spin, State};

impl Host for State {}

impl HostWithStore<State> for Spin {
    async fn get(
        accessor: &Accessor<State, Self>,
        name: String,
    ) -> wasmtime::Result<Result<String, Error>> {
        accessor.with(|mut access| {
            let value = access.get().grants.variables.get(&name).cloned();
            Ok(value.ok_or(Error::Undefined(name)))
        })
    }
}
