//! The Merkle tree of RFC 9162, section 2.1.1.
use super::Hash;

/// The hash of one leaf.
pub(super) fn leaf(data: &[u8]) -> Hash {
    Hash::of([[0].as_slice(), data])
}

fn node(left: Hash, right: Hash) -> Hash {
    Hash::of([[1].as_slice(), left.as_bytes(), right.as_bytes()])
}

/// The root over the hashes of leaves, in their order.
#[must_use]
pub fn root(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    // Subtrees that are full, each with how many leaves it has, ever smaller.
    let mut full: Vec<(u64, Hash)> = Vec::new();
    for leaf in leaves {
        let mut last = (1, leaf);
        while let Some((size, left)) = full.pop_if(|(size, _)| *size == last.0) {
            last = (2 * size, node(left, last.1));
        }
        full.push(last);
    }
    let joined =
        full.into_iter().rev().map(|(_, hash)| hash).reduce(|right, left| node(left, right));
    joined.unwrap_or_else(|| Hash::of([]))
}
