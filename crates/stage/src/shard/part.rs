//! Which part of a plan is whose: stretches of documents in the plan's order, of about the same work.
//!
//! A stretch keeps neighbours together, so that what a task's documents begin with in common is read once a shard and not
//! once a document, and cuts a plan at as few places as can be. A request that several documents share belongs to the
//! first of them: it is asked by one shard. A document's own requests are never cut apart.

use super::Shard;
use crate::plan::MeasuredPlan;
use daepyo_core::{Digest, Prompt, Request};

/// What a request costs beside its text, in bytes of text: its way there and back.
const EACH: u64 = 64;

/// What a token that is written costs, in bytes that are read: about four bytes are a token.
const WRITTEN_TOKEN: u64 = 4;

/// The shard of each request of the plan, in the order of its requests; it never falls.
///
/// It depends on the plan and the number of shards alone.
pub(super) fn owners(plan: &MeasuredPlan, count: u32) -> Vec<u32> {
    let documents = documents(plan);
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
    owners
}

/// The plan with the requests of one shard alone, and without its documents.
pub(super) fn take(plan: MeasuredPlan, shard: Shard) -> MeasuredPlan {
    let owners = owners(&plan, shard.count());
    let own = |place: usize| owners.get(place) == Some(&shard.index());
    let requests = plan.requests.into_iter().enumerate().filter(|(place, _)| own(*place));
    let digests = plan.digests.into_iter().enumerate().filter(|(place, _)| own(*place));
    MeasuredPlan {
        submission: plan.submission,
        tasks: Vec::new(),
        requests: requests.map(|(_, request)| request).collect(),
        digests: digests.map(|(_, digest)| digest).collect(),
    }
}

/// A document with what it is the first to ask.
struct Own {
    requests: usize,
    work: u64,
}

/// Every document in the plan's order. The plan's requests stand in the order of their first use, so that those of one
/// document follow those of the one before it.
fn documents(plan: &MeasuredPlan) -> Vec<Own> {
    let mut next = 0;
    let mut found = Vec::new();
    for instance in plan.tasks.iter().flat_map(|task| &task.instances) {
        let mut own = Own { requests: 0, work: 0 };
        let mut context = "";
        for (request, digest) in instance.instance.requests.iter().zip(&instance.requests) {
            if plan.digests.get(next) != Some(digest) {
                continue;
            }
            next += 1;
            own.requests += 1;
            own.work = own.work.saturating_add(work(request, &mut context));
        }
        found.push(own);
    }
    found
}

/// About how much a request asks for, in bytes of text to read; what the document's last request began with is free.
fn work<'a>(request: &'a Request, known: &mut &'a str) -> u64 {
    let bytes = |text: &str| u64::try_from(text.len()).unwrap_or(u64::MAX);
    let text = match request {
        Request::Loglikelihood { context, continuation } => {
            let begun = if *known == context { 0 } else { bytes(context) };
            *known = context;
            begun.saturating_add(bytes(continuation))
        }
        Request::LoglikelihoodRolling { text } => bytes(text),
        Request::Generate { prompt, params } => {
            let read = match prompt {
                Prompt::Text(text) => bytes(text),
                Prompt::Chat(messages) => messages.iter().map(|message| bytes(&message.content)).sum(),
            };
            u64::from(params.max_tokens).saturating_mul(WRITTEN_TOKEN).saturating_add(read)
        }
    };
    text.saturating_add(EACH)
}

/// The digests that shard `index` answers, sorted.
pub(super) fn digests(plan: &MeasuredPlan, owners: &[u32], index: u32) -> Vec<Digest> {
    let pairs = plan.digests.iter().zip(owners).filter(|(_, owner)| **owner == index);
    let mut found: Vec<_> = pairs.map(|(digest, _)| *digest).collect();
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a failed assertion is the point of a test"
    )]
    use super::*;
    use crate::eval::submission_of;
    use crate::plan::{PlannedInstance, PlannedTask};
    use daepyo_task::{Instance, Target};

    fn choice(context: &str, continuation: &str) -> Request {
        Request::Loglikelihood { context: context.to_owned(), continuation: continuation.to_owned() }
    }

    /// A plan of one task whose documents ask these requests.
    fn plan(documents: Vec<Vec<Request>>) -> MeasuredPlan {
        let model = "replay:a.jsonl".parse().unwrap();
        let mut plan = MeasuredPlan {
            submission: submission_of(model, Digest::of(b"a"), false),
            tasks: Vec::new(),
            requests: Vec::new(),
            digests: Vec::new(),
        };
        let instances = documents.into_iter().enumerate().map(|(place, requests)| {
            let digests: Vec<_> = requests.iter().map(Request::digest).collect();
            for (request, digest) in requests.iter().zip(&digests) {
                if !plan.digests.contains(digest) {
                    plan.requests.push(request.clone());
                    plan.digests.push(*digest);
                }
            }
            let instance = Instance {
                document: place.try_into().unwrap(),
                document_digest: Digest::of(&place.to_be_bytes()),
                cluster: String::new(),
                input: String::new(),
                requests,
                choices: Vec::new(),
                target: Target::Text(String::new()),
                guess: 0.0,
            };
            PlannedInstance { instance, requests: digests }
        });
        let instances = instances.collect();
        plan.tasks.push(PlannedTask { suite: 0, task: 0, instances });
        plan
    }

    #[test]
    fn every_request_has_one_owner_and_no_document_is_cut() {
        let document = |place: usize| {
            let context = format!("{place} {}", "x".repeat(place * 7 % 50));
            ["가", "나", "다", "라"].map(|continuation| choice(&context, continuation)).to_vec()
        };
        let plan = plan((0..100).map(document).collect());
        for count in [1, 2, 7, 64, 100, 1000] {
            let owners = owners(&plan, count);
            assert_eq!(owners.len(), 400);
            assert!(owners.is_sorted() && owners.iter().all(|owner| *owner < count));
            assert!(owners.chunks(4).all(|document| document.iter().all(|owner| *owner == document[0])));
            let parts: Vec<_> = (0..count).map(|index| digests(&plan, &owners, index)).collect();
            assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), 400);
            if count <= 7 {
                let least = parts.iter().map(Vec::len).min().unwrap();
                assert!(least > 300 / usize::try_from(count).unwrap(), "{least} of 400 in {count} parts");
            }
        }
    }

    #[test]
    fn a_request_that_documents_share_is_asked_by_the_first() {
        let shared = choice("", "가");
        let plan = plan((0..8).map(|place| vec![choice(&place.to_string(), "나"), shared.clone()]).collect());
        let owners = owners(&plan, 4);
        assert_eq!(owners.len(), 9);
        let place = plan.digests.iter().position(|digest| *digest == shared.digest()).unwrap();
        assert_eq!(owners[place], 0);
    }

    #[test]
    fn a_plan_without_requests_has_parts_without_requests() {
        assert!(owners(&plan(Vec::new()), 7).is_empty());
        let shard = Shard::new(3, 7).unwrap();
        assert!(take(plan(vec![Vec::new()]), shard).digests.is_empty());
    }
}
