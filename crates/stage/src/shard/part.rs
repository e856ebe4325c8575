//! Which part of a plan is whose: stretches of documents in the plan's order, of about the same work.
//!
//! A stretch keeps neighbours together, so that what a task's documents begin with in common is read once a shard and not
//! once a document, and cuts a plan at as few places as can be. A request that several documents share belongs to the
//! first of them: it is asked by one shard. A document's own requests are never cut apart.

use super::Shard;
use crate::StageError;
use crate::digests::Digests;
use crate::plan::MeasuredPlan;
use daepyo_core::Request;

/// What a request costs beside its text, in bytes of text: its way there and back.
const EACH: u64 = 64;

/// What a token that is written costs, in bytes that are read: about four bytes are a token.
const WRITTEN_TOKEN: u64 = 4;

/// The shard of each request of the plan, in the order of its requests; it never falls.
///
/// It depends on the plan and the number of shards alone.
pub(super) fn owners(plan: &MeasuredPlan, count: u32) -> Result<Vec<u32>, StageError> {
    let documents = documents(plan)?;
    let total: u128 = documents.iter().map(|document| u128::from(document.work)).sum();
    let mut owners = Vec::with_capacity(plan.digests.len());
    let mut before: u128 = 0;
    for document in documents {
        let work = u128::from(document.work);
        // The middle of a document decides, so that a large one goes to whom most of it belongs.
        let middle = before.saturating_mul(2).saturating_add(work);
        let owner = middle.saturating_mul(u128::from(count)) / total.saturating_mul(2).max(1);
        let owner = u32::try_from(owner).unwrap_or(u32::MAX).min(count.saturating_sub(1));
        owners.extend(std::iter::repeat_n(owner, document.requests));
        before = before.saturating_add(work);
    }
    Ok(owners)
}

/// The plan with the requests of one shard alone.
pub(super) fn take(plan: MeasuredPlan, shard: Shard) -> Result<MeasuredPlan, StageError> {
    let owners = owners(&plan, shard.count())?;
    Ok(plan.part(|place| owners.get(place) == Some(&shard.index())))
}

/// A document with what it is the first to ask.
struct Own {
    requests: usize,
    work: u64,
}

/// Every document in the plan's order. The plan's requests stand in the order of their first use, so that those of one
/// document follow those of the one before it.
fn documents(plan: &MeasuredPlan) -> Result<Vec<Own>, StageError> {
    let mut next = 0;
    let mut found = Vec::new();
    for (task, planned) in plan.tasks.iter().enumerate() {
        for document in 0..planned.len() {
            let Some(instance) = plan.instance(task, document)? else { continue };
            let mut own = Own { requests: 0, work: 0 };
            let mut context = "";
            for (request, digest) in instance.requests.iter().zip(plan.digests_of(task, document)) {
                if plan.digests.get(next) != Some(&digest) {
                    continue;
                }
                next += 1;
                own.requests += 1;
                own.work = own.work.saturating_add(work(request, &mut context));
            }
            found.push(own);
        }
    }
    Ok(found)
}

/// About how much a request asks for, in bytes of text to read; what the document's last request began with is free.
fn work<'a>(request: &'a Request, known: &mut &'a str) -> u64 {
    let bytes = |text: &str| u64::try_from(text.len()).unwrap_or(u64::MAX);
    let whole = u64::try_from(request.text_bytes()).unwrap_or(u64::MAX);
    let text = match request {
        Request::Loglikelihood { context, continuation } => {
            let begun = if *known == context { 0 } else { bytes(context) };
            *known = context;
            begun.saturating_add(bytes(continuation))
        }
        Request::LoglikelihoodRolling { .. } => whole,
        Request::Generate { params, .. } => {
            u64::from(params.max_tokens).saturating_mul(WRITTEN_TOKEN).saturating_add(whole)
        }
    };
    text.saturating_add(EACH)
}

/// The digests that shard `index` answers.
pub(super) fn digests(plan: &MeasuredPlan, owners: &[u32], index: u32) -> Digests {
    let pairs = plan.digests.iter().zip(owners).filter(|(_, owner)| **owner == index);
    pairs.map(|(digest, _)| *digest).collect()
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a failed assertion is the point of a test"
    )]
    use super::*;
    use crate::plan::tests::{plan_with, suites};

    const TASK: &str = "doc_to_text: \"{{question}}\"\n\
        doc_to_choice: [\"가\", \"나\", \"다\", \"라\"]\ndoc_to_target: answer\n";

    /// A plan of so many documents of different lengths.
    fn plan(documents: usize, metric: &str) -> MeasuredPlan {
        let row = |row: usize| {
            format!("{{\"question\": \"{row} {}\", \"answer\": {}}}", "x".repeat(row * 7 % 50), row % 4)
        };
        let task = format!("{TASK}metric_list: [{{metric: {metric}}}]\n");
        plan_with(&suites(&task, (0..documents).map(row)), 4_000)
    }

    #[test]
    fn every_request_has_one_owner_and_no_document_is_cut() {
        let plan = plan(100, "acc");
        for count in [1, 2, 7, 64, 100, 1000] {
            let owners = owners(&plan, count).unwrap();
            assert_eq!(owners.len(), 400);
            assert!(owners.is_sorted() && owners.iter().all(|owner| *owner < count));
            assert!(owners.chunks(4).all(|document| document.iter().all(|owner| *owner == document[0])));
            let parts: Vec<_> = (0..count).map(|index| digests(&plan, &owners, index)).collect();
            assert_eq!(parts.iter().map(|part| part.len()).sum::<usize>(), 400);
            if count <= 7 {
                let least = parts.iter().map(|part| part.len()).min().unwrap();
                assert!(least > 300 / usize::try_from(count).unwrap(), "{least} of 400 in {count} parts");
            }
        }
    }

    #[test]
    fn a_request_that_documents_share_is_asked_by_the_first() {
        // Each choice is asked for without a question too, once for all documents.
        let plan = plan(8, "acc_mutual_info");
        let owners = owners(&plan, 4).unwrap();
        assert_eq!(owners.len(), 8 * 4 + 4);
        let shared = Request::Loglikelihood { context: String::new(), continuation: " 가".to_owned() };
        let place = plan.digests.iter().position(|digest| *digest == shared.digest()).unwrap();
        assert_eq!(owners[place], 0);
    }

    #[test]
    fn a_part_asks_for_its_own_requests_alone() {
        let whole = plan(20, "acc");
        let mut found = Vec::new();
        for index in 0..3 {
            let part = take(plan(20, "acc"), Shard::new(index, 3).unwrap()).unwrap();
            for request in part.requests(|_| true) {
                let (place, request) = request.unwrap();
                assert_eq!(request.digest(), part.digests[place]);
                found.push(part.digests[place]);
            }
        }
        assert_eq!(found[..], whole.digests[..]);
    }

    #[test]
    fn a_plan_without_requests_has_parts_without_requests() {
        let empty = || plan_with(&[], 0);
        assert!(owners(&empty(), 7).unwrap().is_empty());
        let shard = Shard::new(3, 7).unwrap();
        assert!(take(empty(), shard).unwrap().digests.is_empty());
    }
}
