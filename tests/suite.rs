//! The suite against the reference: everything passes, every requirement is decided by some case, every case has
//! its place on the ladder. The tests of the package `counterproof-cases` are here, so that it is built once.

// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use harness::case::{Case, Role, is_profile};
use harness::spec;
use harness::suite::{self, Verdict};
use harness::trial::Peer;
use oracles::peer::hostile::reference;

#[test]
fn the_reference_passes_and_nothing_is_uncovered() {
    let (mut engine, claims) = reference();
    let mut witnessed = BTreeSet::new();
    let mut wrong = Vec::new();
    let started = std::time::Instant::now();
    let all = cases::all();
    for case in &all {
        let outcome = suite::run(case, vec![Peer { exchange: &mut engine, claims: &claims }], 0);
        if !outcome.verdict.conforms() {
            wrong.push(format!("{} {:?} {:?}", outcome.id, outcome.verdict, outcome.failure));
        }
        for id in &case.covers {
            if outcome.verdict == Verdict::Pass && !outcome.witnessed.contains(id) {
                wrong.push(format!("{} claims {id}, but decided {:?}", case.id, outcome.witnessed));
            }
        }
        witnessed.extend(outcome.witnessed);
    }
    println!("{} cases in {:?}", all.len(), started.elapsed());
    for line in &wrong {
        println!("{line}");
    }
    let uncovered: Vec<_> = spec::requirements()
        .iter()
        .filter(|r| r.untestable.is_none() && r.id != "PPR-8" && !witnessed.contains(r.id))
        .map(|r| r.id)
        .collect();
    assert!(wrong.is_empty() && uncovered.is_empty(), "{} wrong; uncovered: {uncovered:?}", wrong.len());
}

#[test]
fn each_operation_is_asked_what_is_nearly_a_question_of_it() {
    let all = cases::all();
    // The state is asked where a session is dropped: a peer may have none.
    for name in peer::engine::operation_names().filter(|name| *name != "state") {
        let id = format!("question-{}", name.replace(['.', '_'], "-"));
        assert!(all.iter().any(|case| case.id == id), "{id}: a row of src/cases/question");
    }
}

#[test]
fn only_profiles_of_the_specification_are_judged() {
    let all = cases::all();
    for profile in ["full", "client-core", "server-core", "primitive:primitive.cmac", "primitive:frame.parse"]
    {
        assert!(is_profile(profile), "{profile}");
        let judged_by = |case: &Case| case.role != Role::Peer && case.role.belongs_to(profile, &[]);
        assert!(all.iter().any(judged_by), "{profile}");
    }
    for profile in
        ["", "none", "Full", "primitive:", "primitive:made.up", "primitive:client.open", "primitive:ping"]
    {
        assert!(!is_profile(profile), "{profile}");
    }
}

mod ladder {
    use std::sync::LazyLock;

    use cases::ladder::{Ladder, Next, Stage};
    use peer::engine;

    use super::*;

    static ALL: LazyLock<Vec<Case>> = LazyLock::new(cases::all);
    static NAMES: LazyLock<Vec<String>> =
        LazyLock::new(|| engine::operation_names().map(str::to_owned).collect());
    /// Of a peer that has all operations. It plays every case: made once.
    static LADDER: LazyLock<Ladder> = LazyLock::new(|| Ladder::new(&ALL, &NAMES));

    #[test]
    fn every_operation_and_every_case_is_on_exactly_one_rung() {
        let (all, ladder) = (&*ALL, &*LADDER);
        let mut operations: Vec<_> = ladder.rungs.iter().flat_map(|rung| rung.operations.clone()).collect();
        let mut table: Vec<_> = engine::operation_names().collect();
        operations.sort_unstable();
        table.sort_unstable();
        assert_eq!(operations, table);
        let mut on_rungs: Vec<_> = ladder.rungs.iter().flat_map(|rung| rung.cases.clone()).collect();
        on_rungs.sort_unstable();
        assert_eq!(on_rungs, (0..all.len()).collect::<Vec<_>>());
        assert!(ladder.rungs.is_sorted_by_key(|rung| rung.stage));
        assert!(ladder.looking_at_state() > 100);
        for (case, needs) in all.iter().zip(&ladder.needs) {
            let stages: BTreeSet<_> = needs.operations.iter().map(|name| Stage::of(name)).collect();
            match case.role {
                Role::Client => assert!(!stages.contains(&Stage::Server), "{} {needs:?}", case.id),
                Role::Server => assert!(!stages.contains(&Stage::Client), "{} {needs:?}", case.id),
                Role::Primitive(name) => assert!(needs.operations.contains(name), "{}", case.id),
                Role::Peer => assert!(stages.iter().all(|stage| *stage == Stage::Protocol), "{}", case.id),
                Role::Both | Role::Gateway => {}
            }
        }
    }

    #[test]
    fn a_case_can_be_played_with_what_it_is_said_to_need() {
        let (all, ladder) = (&*ALL, &*LADDER);
        let (mut engine, has) = reference();
        for (case, needs) in all.iter().zip(&ladder.needs) {
            let mut claims = has.clone();
            claims.operations.retain(|name| {
                Stage::of(name) == Stage::Protocol || needs.operations.contains(name.as_str())
            });
            // The engine itself has more than it claims here, which is what one case looks for.
            let outcome = suite::run(case, vec![Peer { exchange: &mut engine, claims: &claims }], 0);
            assert!(outcome.verdict.conforms() || case.role == Role::Peer, "{} {outcome:?}", case.id);
        }
    }

    /// What a peer with the protocol's operations and these is told to build next for a role.
    fn next(role: Role, operations: &[&'static str]) -> Next {
        let protocol = engine::operation_names().filter(|name| Stage::of(name) == Stage::Protocol);
        let has: Vec<_> = protocol.chain(operations.iter().copied()).map(str::to_owned).collect();
        Ladder::new(&ALL, &has).next(|index| ALL.get(index).is_some_and(|case| case.role == role)).unwrap()
    }

    #[test]
    fn the_next_operations_of_a_role_are_those_of_its_flow() {
        let client = ["client.create", "client.activate_license", "client.activate_instance", "client.open"];
        let server = ["server.create", "server.generate_activation1", "server.verify_device_code"];
        for (role, flow) in [(Role::Client, &client[..]), (Role::Server, &server)] {
            // Each plays all cases as far as they go: the first step and the last are enough.
            for (built, operation) in [(0, flow[0]), (flow.len() - 1, flow[flow.len() - 1])] {
                let next = next(role, &flow[..built]);
                assert_eq!(next.operation, operation, "after {:?}", &flow[..built]);
                assert!(next.opens.len() <= next.waits.len(), "{next:?}");
                let can_be_played = |index: &usize| {
                    let needs = &LADDER.needs[*index].operations;
                    needs
                        .iter()
                        .all(|name| flow[..=built].contains(name) || Stage::of(name) == Stage::Protocol)
                };
                let all = ALL.iter().zip(0..).filter(|(case, _)| case.role == role);
                let opened = all.map(|(_, index)| index).filter(can_be_played);
                let opened = opened.filter(|index| LADDER.needs[*index].operations.contains(&operation));
                assert_eq!(next.opens, opened.collect::<Vec<_>>(), "{operation}");
            }
        }
        assert_eq!(Stage::of("bluetooth.pair"), Stage::Other);
    }
}
