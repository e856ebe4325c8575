//! The way from an entry to the root of its log, one hash at a time (RFC 9162, section 2.1.3.2).

use daepyo_evidence::TreeHash;

/// One step: the hash so far is joined with its sibling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) sibling: TreeHash,
    /// Whether the sibling is the left child.
    pub(crate) is_left: bool,
    pub(crate) result: TreeHash,
}

/// The steps from leaf `index` of a tree with `size` leaves. Whether they end at the root is what
/// [`daepyo_evidence::check_inclusion`] says; this only shows them.
pub(crate) fn steps(leaf: TreeHash, index: u64, size: u64, proof: &[TreeHash]) -> Vec<Step> {
    let (mut node, mut last) = (index, size.saturating_sub(1));
    let mut hash = leaf;
    let mut found = Vec::with_capacity(proof.len());
    for sibling in proof {
        let is_left = node & 1 == 1 || node == last;
        if is_left {
            hash = TreeHash::node(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = TreeHash::node(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
        found.push(Step { sibling: *sibling, is_left, result: hash });
    }
    found
}
