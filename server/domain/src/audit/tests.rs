use super::*;
use crate::Id;
use proptest::prelude::*;

fn hash(hex: &str) -> Hash {
    hex.parse().unwrap()
}

/// The leaves that the reference implementation of Certificate Transparency is tested with
/// (google/certificate-transparency, merkle_tree_test.cc).
#[test]
fn the_tree_is_that_of_the_rfc() {
    let leaves: [&[u8]; 8] = [
        &[],
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        &[
            0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
            0x6e, 0x6f,
        ],
    ];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    for (count, expected) in roots.into_iter().enumerate() {
        let of = leaves[..count].iter().map(|data| merkle::leaf(data));
        assert_eq!(root(of), hash(expected), "{count} leaves");
    }
}

fn words() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[a-c]{0,2}")
}

fn someone() -> impl Strategy<Value = Option<Uuid>> {
    proptest::option::of((0..3_u128).prop_map(Uuid::from_u128))
}

prop_compose! {
    fn entry()(
        id in 0..4_u128,
        at in 0..3_i64,
        actor in someone(),
        (action, subject_type) in ("[a-c]{0,2}", "[a-c]{0,2}"),
        subject in someone(),
        patient in someone(),
        (reason, ip, request) in (words(), words(), words()),
    ) -> Entry {
        Entry {
            id: Uuid::from_u128(id),
            occurred_at: Timestamp::from_microsecond(at).unwrap(),
            actor: actor.map(UserId::from),
            action,
            subject_type,
            subject,
            patient: patient.map(UserId::from),
            reason,
            ip,
            request,
        }
    }
}

/// A trail of events, each with an id of its own, sealed in batches of up to `size`.
fn sealed(mut entries: Vec<Entry>, size: usize) -> (Vec<Entry>, Vec<Batch>) {
    for entry in &mut entries {
        entry.id = Id::<()>::generate().as_uuid();
    }
    let mut batches: Vec<Batch> = Vec::new();
    for part in entries.chunks(size) {
        let last = batches.last().map(|batch| (batch.number, batch.head));
        batches.push(Batch::seal(part, last));
    }
    (entries, batches)
}

fn first_flaw(batches: &[Batch], entries: &[Entry]) -> Option<Flaw> {
    let mut previous = Hash::NONE;
    (1..).zip(batches).find_map(|(number, batch)| {
        let flaw = flaw_of(batch, number, previous, entries);
        previous = batch.head;
        flaw
    })
}

fn trail() -> impl Strategy<Value = (Vec<Entry>, Vec<Batch>)> {
    (proptest::collection::vec(entry(), 1..30), 1..8_usize)
        .prop_map(|(entries, size)| sealed(entries, size))
}

proptest! {
    #[test]
    fn events_that_differ_have_different_hashes(one in entry(), other in entry()) {
        prop_assert_eq!(one == other, one.hash() == other.hash());
    }

    #[test]
    fn a_trail_that_nobody_touched_has_no_flaw((mut entries, batches) in trail()) {
        entries.reverse();
        prop_assert_eq!(first_flaw(&batches, &entries), None);
    }

    #[test]
    fn whatever_is_altered_is_named((mut entries, batches) in trail(), at: prop::sample::Index, other in entry()) {
        let at = at.index(entries.len());
        let altered = Entry { id: entries[at].id, ..other };
        prop_assume!(altered != entries[at]);
        entries[at] = altered;
        let Some(Flaw::EventAltered { event, .. }) = first_flaw(&batches, &entries) else {
            return Err(TestCaseError::fail("not found"));
        };
        prop_assert_eq!(event, entries[at].id);
    }

    #[test]
    fn whatever_is_removed_is_named((mut entries, batches) in trail(), at: prop::sample::Index) {
        let gone = entries.remove(at.index(entries.len()));
        let flaw = first_flaw(&batches, &entries);
        let is_it = matches!(flaw, Some(Flaw::EventMissing { event, .. }) if event == gone.id);
        prop_assert!(is_it, "{:?}", flaw);
    }

    #[test]
    fn a_batch_that_is_removed_or_whose_events_change_places_is_named((entries, batches) in trail(), at: prop::sample::Index, swap: bool) {
        let mut batches = batches;
        let at = at.index(batches.len());
        let number = batches[at].number;
        if swap {
            prop_assume!(batches[at].events.len() > 1);
            batches[at].events.swap(0, 1);
            prop_assert_eq!(first_flaw(&batches, &entries), Some(Flaw::BatchAltered(number)));
        } else {
            // The last one leaves no gap: only its head, noted outside, tells of it.
            prop_assume!(at + 1 < batches.len());
            batches.remove(at);
            prop_assert_eq!(first_flaw(&batches, &entries), Some(Flaw::BatchMissing(number)));
        }
    }

    #[test]
    fn whoever_seals_anew_what_they_altered_cannot_keep_the_heads((entries, batches) in trail(), at: prop::sample::Index, other in entry()) {
        let at = at.index(entries.len());
        let mut forged = entries.clone();
        forged[at] = Entry { id: entries[at].id, ..other };
        prop_assume!(forged[at] != entries[at]);
        let mut anew: Vec<Batch> = Vec::new();
        let mut rest = forged.as_slice();
        for batch in &batches {
            let (part, after) = rest.split_at(batch.events.len());
            anew.push(Batch::seal(part, anew.last().map(|batch| (batch.number, batch.head))));
            rest = after;
        }
        prop_assert_eq!(first_flaw(&anew, &forged), None);
        prop_assert_ne!(anew.last().map(|batch| batch.head), batches.last().map(|batch| batch.head));
    }
}
