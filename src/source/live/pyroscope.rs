//! A question to Pyroscope to the profile in which it merges the answer.
//!
//! Pyroscope 1.0 and later answer `querier.v1.QuerierService/SelectMergeProfile`, a call of the Connect protocol whose
//! answer in protobuf is a profile; versions before it answer `/render?format=pprof`. Written from the published API
//! (`api/querier/v1/querier.proto` of grafana/pyroscope; pyroscope-io/pyroscope#518).

use jiff::Timestamp;
use prost::Message;

use super::client::{Client, Deadline, Request};
use super::failure::Failure;
use super::when::{Question, question};
use crate::source::address::Address;

/// `querier.v1.SelectMergeProfileRequest`.
#[derive(Clone, PartialEq, Message)]
struct SelectMergeProfileRequest {
    #[prost(string, tag = "1")]
    profile_type_id: String,
    #[prost(string, tag = "2")]
    label_selector: String,
    /// Milliseconds since 1970.
    #[prost(int64, tag = "3")]
    start: i64,
    /// Milliseconds since 1970.
    #[prost(int64, tag = "4")]
    end: i64,
}

pub(super) fn fetch(client: &Client, address: &Address, deadline: &Deadline) -> Result<Vec<u8>, Failure> {
    let question = question(address, Timestamp::now())?;
    let prefix =
        address.path.trim_end_matches('/').trim_end_matches("/render").trim_end_matches("/pyroscope");
    let merge = Request {
        address: address.sibling(&format!("{prefix}/querier.v1.QuerierService/SelectMergeProfile")),
        body: Some(("application/proto", select_merge_profile(&question).encode_to_vec())),
    };
    let answer = client.ask(&merge, deadline, false)?;
    if !matches!(answer.status, 404 | 405 | 501) {
        return Ok(answer.into_body()?);
    }
    let render = address
        .sibling(&format!("{prefix}/render"))
        .with_parameter("query", question.query)
        .with_parameter("from", &question.from.as_second().to_string())
        .with_parameter("until", &question.until.as_second().to_string())
        .with_parameter("format", "pprof");
    let answer = client.ask(&Request { address: render, body: None }, deadline, false)?;
    Ok(answer.into_body()?)
}

/// `process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name="x"}` is a profile type and a selector.
fn select_merge_profile(question: &Question<'_>) -> SelectMergeProfileRequest {
    let (kind, selector) =
        question.query.find('{').map_or((question.query, "{}"), |at| question.query.split_at(at));
    SelectMergeProfileRequest {
        profile_type_id: kind.trim().to_owned(),
        label_selector: selector.trim().to_owned(),
        start: question.from.as_millisecond(),
        end: question.until.as_millisecond(),
    }
}
