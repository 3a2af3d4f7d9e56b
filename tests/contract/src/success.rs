//! Whether a successful answer, and the request that led to it, are as an operation says.

use crate::{
    lines,
    official::{Answer, Contract, Described},
    recording::Exchange,
};

impl Described {
    /// What is wrong with a successful answer of `contract` and with the request that led to it.
    pub fn problems(&self, contract: &Contract, exchange: &Exchange) -> Vec<String> {
        let mut problems = Vec::new();
        // Parts of files, unchanged and moved ones are answers of HTTP, not of the contract.
        let is_of_http = matches!(exchange.status, 206 | 302 | 304);
        if !self.statuses.is_empty() && !is_of_http && !self.statuses.contains(&exchange.status) {
            problems.push(format!(
                "status {}, not {:?}",
                exchange.status, self.statuses
            ));
        }
        match (&self.answer, &exchange.body) {
            // The contract says nothing of the body of a stream, but it has types for its lines.
            (Answer::Nothing, Some(body)) if lines::is_stream(&exchange.content_type) => {
                problems.extend(lines::problems(contract, body));
            }
            (Answer::Nothing, _) if exchange.size > 0 => problems.push("has a body".into()),
            (Answer::Bytes, Some(_)) => problems.push("is JSON, not a file".into()),
            // Whoever is led elsewhere is told nothing more.
            (Answer::Json(_), None) if exchange.status == 302 && exchange.size == 0 => {}
            (Answer::Json(_), None) => {
                problems.push(format!("is not JSON but {:?}", exchange.content_type));
            }
            (Answer::Json(schema), Some(body)) => problems.extend(schema.errors(body)),
            (Answer::Nothing | Answer::Bytes, _) => {}
        }
        let request = self.request.problems(exchange);
        problems.extend(
            request
                .into_iter()
                .map(|problem| format!("accepted: {problem}")),
        );
        problems
    }
}
