//! A question to Parca to the profile in which it merges the answer.
//!
//! `QueryService.Query` as the server's gateway offers it to HTTP: `GET /api/profiles/query`, with the fields of
//! `QueryRequest` as parameters, answers JSON whose `pprof` is a profile in base64. Written from the published API
//! (`proto/parca/query/v1alpha1/query.proto` and `pkg/server/server.go` of parca-dev/parca).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde::Deserialize;

use super::answer::first_line;
use super::client::{Client, Deadline, Request};
use super::failure::Failure;
use super::when::question;
use crate::error::{Error, ErrorKind, Result};
use crate::source::address::Address;

/// `parca.query.v1alpha1.QueryResponse` with the report that was asked for.
#[derive(Deserialize)]
struct QueryResponse {
    pprof: Option<String>,
}

pub(super) fn fetch(client: &Client, address: &Address, deadline: &Deadline) -> Result<Vec<u8>, Failure> {
    let question = question(address, Timestamp::now())?;
    let prefix = address.path.trim_end_matches('/');
    let query = address
        .sibling(&format!("{prefix}/api/profiles/query"))
        .with_parameter("mode", "MODE_MERGE")
        .with_parameter("merge.query", question.query)
        .with_parameter("merge.start", &question.from.to_string())
        .with_parameter("merge.end", &question.until.to_string())
        .with_parameter("report_type", "REPORT_TYPE_PPROF_UNSPECIFIED");
    let answer = client.ask(&Request { address: query, body: None }, deadline, false)?;
    Ok(profile(&answer.into_body()?)?)
}

fn profile(body: &[u8]) -> Result<Vec<u8>> {
    let response: Option<QueryResponse> = serde_json::from_slice(body).ok();
    let profile = response
        .and_then(|response| BASE64_STANDARD.decode(response.pprof?).ok())
        .filter(|data| !data.is_empty());
    profile.ok_or_else(|| {
        let said = first_line(body).map_or_else(String::new, |line| format!(": {line}"));
        Error::new(ErrorKind::Unreadable, format!("Parca's answer holds no profile{said}"))
            .help("check the query and the times in Parca's own pages")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_taken_out_of_the_answer() {
        assert_eq!(profile(b"{\"pprof\": \"Zm9v\"}"), Ok(b"foo".to_vec()));
        for wrong in
            [&b"{}"[..], b"{\"pprof\": \"\"}", b"{\"pprof\": \"!\"}", b"{\"flamegraph\": {}}", b"<html>", b""]
        {
            assert!(profile(wrong).is_err());
        }
    }
}
